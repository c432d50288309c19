"""Optimisers: equal to PyTorch's and to their formulas, fast for ever, errors that help."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import MLP, SGD, AdaGrad, Adam, LinearClassifier, RMSProp, reference
from nnlib.schedules import Cosine, ExponentialDecay, StepDecay, Warmup

# (ours, PyTorch's class, its options, the formula in nnlib.reference, its options)
OPTIMIZERS = {
    "sgd": (SGD(lr=0.1), "SGD", {"lr": 0.1}, "sgd_step", {}),
    "momentum": (
        *(SGD(lr=0.1, momentum=0.9), "SGD", {"lr": 0.1, "momentum": 0.9}),
        *("sgd_step", {"momentum": 0.9}),
    ),
    "nesterov": (
        *(SGD(0.1, 0.9, nesterov=True), "SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        *("sgd_step", {"momentum": 0.9, "nesterov": True}),
    ),
    "adagrad": (AdaGrad(lr=0.05), "Adagrad", {"lr": 0.05}, "adagrad_step", {}),
    "rmsprop": (RMSProp(lr=0.01), "RMSprop", {"lr": 0.01}, "rmsprop_step", {}),
    "rmsprop, other constants": (
        *(RMSProp(0.02, decay=0.8, eps=1e-3), "RMSprop", {"lr": 0.02, "alpha": 0.8, "eps": 1e-3}),
        *("rmsprop_step", {"decay": 0.8, "eps": 1e-3}),
    ),
    "adam": (Adam(lr=0.01), "Adam", {"lr": 0.01}, "adam_step", {}),
    "adam, other constants": (
        *(Adam(0.02, 0.7, 0.9, 1e-2), "Adam", {"lr": 0.02, "betas": (0.7, 0.9), "eps": 1e-2}),
        *("adam_step", {"beta1": 0.7, "beta2": 0.9, "eps": 1e-2}),
    ),
}


class Model:
    """A stand-in for a network: a vector of parameters and one of gradients."""

    def __init__(self, values, dtype=np.float64):
        self.parameters = np.array(values, dtype)
        self.gradients = np.zeros_like(self.parameters)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_twenty_steps_in_a_network_equal_pytorchs(name, rng):
    """The gradients come from our network, so both optimisers see the same ones."""
    torch = pytest.importorskip("torch")
    ours, theirs, options, _, _ = OPTIMIZERS[name]
    net = MLP([6, 8, 5, 3], "tanh", dtype=np.float64)
    X, y = rng.normal(size=(20, 6)), rng.integers(0, 3, 20)
    values = {k: torch.tensor(v, requires_grad=True) for k, v in net.state_dict().items()}
    theirs = getattr(torch.optim, theirs)(values.values(), **options)
    optimizer = ours.bind(net)
    for _ in range(20):
        net.loss(X, y)
        net.backward()
        for key, (_, gradient) in net.named_parameters().items():
            values[key].grad = torch.tensor(gradient)
        theirs.step()
        optimizer.step()
        for key, (mine, _) in net.named_parameters().items():
            np.testing.assert_allclose(mine, values[key].detach().numpy(), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", OPTIMIZERS)
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), size=st.integers(0, 6), steps=st.integers(1, 70))
def test_steps_equal_the_formulas(name, seed, size, steps):
    rng = np.random.default_rng(seed)
    ours, _, torch_options, formula, options = OPTIMIZERS[name]
    model = Model(rng.normal(size=size))
    optimizer, plain, state = ours.bind(model), model.parameters.tolist(), {}
    for _ in range(steps):
        model.gradients[...] = rng.normal(size=size) * 10.0 ** rng.integers(-4, 3)
        optimizer.step()
        step = getattr(reference, formula)
        step(plain, model.gradients.tolist(), state, torch_options["lr"], **options)
        np.testing.assert_allclose(model.parameters, plain, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_many_blocks_are_one_vector(name, rng):
    """Parameters are updated block by block; the result must not depend on where they are cut."""
    ours = OPTIMIZERS[name][0]
    values, gradients = rng.normal(size=(2, 5, 40_000))
    whole, piece = Model(values.ravel()), Model(values[3])
    for model, gradient in ((whole, gradients.ravel()), (piece, gradients[3])):
        optimizer = ours.bind(model)
        for _ in range(3):
            model.gradients[...] = gradient
            optimizer.step()
    np.testing.assert_array_equal(whole.parameters.reshape(5, -1)[3], piece.parameters)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_stays_in_the_type_of_the_parameters(name, rng):
    model = Model(rng.normal(size=10), np.float32)
    optimizer = OPTIMIZERS[name][0].bind(model)
    for _ in range(40):
        model.gradients[...] = 1
        optimizer.step()
    assert model.parameters.dtype == np.float32
    assert all(array.dtype == np.float32 for array in optimizer.state.values())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_remembered_never_becomes_a_denormal_number(name):
    """A gradient seen once, then never again: its memory fades to exactly 0."""
    model = Model(np.ones(8), np.float32)
    optimizer = OPTIMIZERS[name][0].bind(model)
    model.gradients[:4] = 1e-3
    tiny = np.finfo(np.float32).tiny
    for _ in range(3000):
        optimizer.step()
        model.gradients[...] = 0
        for array in optimizer.state.values():
            assert not ((array != 0) & (np.abs(array) < tiny)).any()


def test_adam_is_not_slowed_down_by_pixels_that_are_always_white(rng):
    """With denormal numbers these steps would take ten times as long."""
    model = Model(np.ones(200_000), np.float32)
    optimizer = Adam().bind(model)
    model.gradients[...] = rng.normal(size=200_000) * 1e-3

    def seconds(n):
        times = []
        for _ in range(n):
            start = time.perf_counter()
            optimizer.step()
            times.append(time.perf_counter() - start)
        return np.percentile(times, 10)

    early = seconds(60)
    model.gradients[...] = 0
    for _ in range(900):  # 0.9^900 is 1e-41: a denormal number, were it not flushed
        optimizer.step()
    assert seconds(60) < 3 * early


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SGD(lr=0), "lr must be a number above zero; it is 0"),
        (lambda: Adam(lr="fast"), "lr must be a number above zero; it is 'fast'"),
        (lambda: SGD(momentum=1), r"momentum must lie in \[0, 1\); it is 1"),
        (lambda: SGD(nesterov=True), "give momentum above 0"),
        (lambda: RMSProp(decay=-0.1), r"decay must lie in \[0, 1\); it is -0\.1"),
        (lambda: Adam(beta1=1.0), r"beta1 must lie in \[0, 1\); it is 1\.0"),
        (lambda: Adam(beta2=None), r"beta2 must lie in \[0, 1\); it is None"),
        (lambda: AdaGrad(eps=0), "eps must be a number above zero"),
    ],
)
def test_wrong_options_are_explained(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_step_needs_a_network():
    with pytest.raises(RuntimeError, match=r"Adam works on no network yet: call optimizer\.bind"):
        Adam().step()


def test_a_step_goes_against_the_gradient():
    model = LinearClassifier(2, 2)
    before = model.parameters.copy()
    optimizer = SGD(lr=0.5).bind(model)
    model.gradients[...] = 2
    optimizer.step()
    np.testing.assert_allclose(model.parameters, before - 1)
    optimizer.lr = 0.25
    optimizer.step()
    np.testing.assert_allclose(model.parameters, before - 1.5)


def test_optimizers_say_what_they_are():
    assert repr(SGD(0.1, momentum=0.9)) == "SGD(lr=0.1, momentum=0.9, nesterov=False)"
    assert repr(Adam()) == "Adam(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08)"
    assert repr(SGD(Cosine(0.1, 5))).startswith("SGD(lr=Cosine(lr=0.1, epochs=5, lowest=0.0)")


def rates(schedule, n):
    return [schedule(epoch) for epoch in range(n)]


def test_schedules():
    assert rates(StepDecay(8, factor=0.5, every=2), 6) == [8, 8, 4, 4, 2, 2]
    assert rates(ExponentialDecay(8, factor=0.5), 4) == [8, 4, 2, 1]
    np.testing.assert_allclose(
        rates(Cosine(1, epochs=4, lowest=0.2), 6),
        [1, 0.6 + 0.4 * np.sqrt(0.5), 0.6, 0.6 - 0.4 * np.sqrt(0.5), 0.2, 0.2],
    )
    assert rates(Warmup(2, StepDecay(8, every=1)), 5) == [4, 8, 8, 4, 2]


def test_fit_follows_a_schedule_and_records_it(rng):
    X, y = rng.normal(size=(20, 4)), rng.integers(0, 3, 20)
    model = LinearClassifier(4, 3)
    optimizer = SGD(lr=StepDecay(0.4, every=1))
    history = model.fit(X, y, epochs=3, optimizer=optimizer)
    assert history["lr"] == [0.4, 0.2, 0.1]
    assert model.fit(X, y, epochs=1, optimizer=optimizer)["lr"] == [0.05]  # it goes on
    assert LinearClassifier(4, 3).fit(X, y, epochs=1, optimizer=optimizer)["lr"] == [0.4]
