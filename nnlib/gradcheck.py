"""Is a gradient right? Compare it with differences of the function itself.

(f(x + h) - f(x - h)) / 2h misses the derivative by about h² where f is smooth. At a kink, as
in the hinge or ReLU, the two sides have different slopes, and a difference that straddles it
belongs to neither: such places are named, not counted as errors.
"""

from dataclasses import dataclass, field

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    """Return the gradient of f at x by centred differences, one coordinate at a time.

    Parameters
    ----------
    f : function from an array of the shape of x to a number
    x : array; in float64 unless you want to see what rounding does
    h : float
        The step. In float64, 1e-5 balances the error of the formula (h²) with rounding (1/h).

    Returns
    -------
    array of the shape and type of x
    """
    x = np.array(x, dtype=None if np.issubdtype(np.asarray(x).dtype, np.floating) else float)
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        low, high, step = _both_sides(lambda: f(x), x, place, h)
        gradient[place] = (high - low) / step
    return gradient


def relative_error(a, b):
    """Return the largest difference between a and b, relative to their largest entry.

    For two numbers this is |a - b| / max(|a|, |b|). Two zeros have the error 0.

    Parameters
    ----------
    a, b : numbers, or arrays of one shape
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"a and b must have one shape; they have {a.shape} and {b.shape}.")
    largest = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))
    return float(np.abs(a - b).max(initial=0) / largest) if largest > 0 else 0.0


@dataclass
class GradientCheck:
    """The result of `check_gradients`.

    Attributes
    ----------
    errors : dict
        For each parameter, the relative error between the two gradients.
    kinks : list of str
        The places where a kink was crossed; they are left out of the errors.
    tolerance : float
    """

    tolerance: float
    errors: dict = field(default_factory=dict)
    kinks: list = field(default_factory=list)

    @property
    def max_error(self):
        """The largest relative error."""
        return max(self.errors.values(), default=0.0)

    @property
    def ok(self):
        """True if no error exceeds the tolerance."""
        return self.max_error <= self.tolerance

    def __str__(self):
        lines = [
            f"{name}: relative error {error:.1e}{'' if error <= self.tolerance else '  WRONG'}"
            for name, error in self.errors.items()
        ]
        return "\n".join(lines + self.kinks)


def check_gradients(subject, *args, h=1e-5, tolerance=1e-7, sample=None, seed=0):
    """Compare computed gradients with numerical ones.

    Call it as ``check_gradients(network, X, y)`` for every parameter of a network (made with
    dtype=float64), or as ``check_gradients(f, x, gradient)`` for a function of one array and
    its gradient at x (an array, or a function that gives it).

    Parameters
    ----------
    h : float
        The step of the differences.
    tolerance : float
        The relative error up to which the check is `ok`.
    sample : int or None
        How many entries of each parameter to check, drawn at random; None checks all.
    seed : int
        For the draw.

    Returns
    -------
    GradientCheck
    """
    check = GradientCheck(tolerance)
    rng = np.random.default_rng(seed)
    if hasattr(subject, "backward"):
        _check_network(check, subject, *args, h, sample, rng)
    else:
        _check_function(check, subject, *args, h, sample, rng)
    return check


def _check_function(check, f, x, gradient, h, sample, rng):
    x = np.array(x, dtype=float)
    computed = np.asarray(gradient(x) if callable(gradient) else gradient)
    if computed.shape != x.shape:
        raise ValueError(
            f"the gradient must have the shape of x, {x.shape}; it has shape {computed.shape}."
        )
    negligible = check.tolerance * np.abs(computed).max(initial=0)

    def crossed(place, low, high):
        bent = _is_bent(f, x, place, h, low[0], high[0], negligible)
        return "the slopes on its two sides differ" if bent else None

    _compare(check, "x", x, computed, h, sample, rng, lambda: (f(x), None), crossed)


def _check_network(check, network, X, y, h, sample, rng):
    network.loss(X, y)
    network.freeze_dropout(True)  # the loss must stay one and the same function
    network.loss(X, y)
    network.backward()
    computed = {name: grad.copy() for name, (_, grad) in network.named_parameters().items()}

    def crossed(place, low, high):
        return _changed_side(low[1], high[1])

    def measure():
        return network.loss(X, y), network.sides()

    for name, (values, _) in network.named_parameters().items():
        _compare(check, name, values, computed[name], h, sample, rng, measure, crossed)
    network.freeze_dropout(False)


def _compare(check, name, x, computed, h, sample, rng, measure, crossed):
    """Add one parameter's relative error, and the kinks met on the way, to the check."""
    places = list(np.ndindex(x.shape))
    if sample is not None and sample < len(places):
        places = [places[i] for i in rng.choice(len(places), sample, replace=False)]
    smooth, numerical = [], []
    for place in places:
        low, high, step = _both_sides(measure, x, place, h)
        kink = crossed(place, low, high)
        if kink:
            index = ", ".join(map(str, place))
            check.kinks.append(f"{name}[{index}]: kink crossed, {kink}")
        else:
            smooth.append(place)
            numerical.append((high[0] - low[0]) / step)
    exact = np.array([computed[place] for place in smooth])
    check.errors[name] = relative_error(exact, np.array(numerical))


def _both_sides(measure, x, place, h):
    """Measure with x[place] moved down and up by h; return both and the step between them."""
    value = x[place]
    try:
        x[place] = value - h
        below, low = x[place], measure()
        x[place] = value + h
        above, high = x[place], measure()
    finally:
        x[place] = value
    return low, high, above - below  # after rounding, the step in float32 is not quite 2h


def _is_bent(f, x, place, h, low, high, negligible):
    """Is there a kink within h? Where f is smooth, its bend halves when the step is halved."""

    def bend(step):
        (low, _), (high, _), _ = _both_sides(lambda: (f(x), None), x, place, step)
        return abs(high - 2 * middle + low) / step

    middle = f(x)
    whole = abs(high - 2 * middle + low) / h
    noise = 500 * np.finfo(float).eps * max(abs(low), abs(high)) / h
    if whole <= max(noise, negligible):
        return False
    return abs(bend(h / 2) / whole - 1 / 2) > 0.1 or abs(bend(h / 4) / whole - 1 / 4) > 0.1


def _changed_side(low, high):
    """Name the first unit that lies on different sides of its kink below and above."""
    for name, side in low.items():
        changed = np.argwhere(side != high[name])
        if len(changed):
            example, unit = changed[0]
            return f"{name} of example {example}, unit {unit} changed its side"
    return None
