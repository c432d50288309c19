"""Networks in files: what was saved is what is loaded, and nothing is executed."""

import numpy as np
import pytest

from nnlib import MLP, LinearClassifier


@pytest.mark.parametrize(
    "net",
    [
        MLP([3, 5, 2], "leaky_relu", slope=0.1, dropout=0.25, l2=1e-4, seed=7),
        MLP([300, 200, 2], "tanh", "hinge", delta=0.5, dtype=np.float64),
        MLP([3, 5, 1], loss="max_margin"),
        LinearClassifier(4, 3, loss="hinge", l2=0.1, delta=2.0, dtype=np.float64),
    ],
    ids=str,
)
def test_a_network_comes_back(net, tmp_path, rng):
    net.parameters[...] = rng.normal(size=net.parameters.shape)
    net.save(tmp_path / "net.npz")
    loaded = type(net).load(tmp_path / "net.npz")
    X = rng.normal(size=(5, net.n_features))
    np.testing.assert_array_equal(loaded.scores(X), net.scores(X))
    assert loaded.options() == net.options()
    assert repr(loaded.layers) == repr(net.layers)
    y = -X if net.in_pairs else np.ones(5, int)
    assert loaded.evaluate(X, y) == net.evaluate(X, y)


def test_a_state_is_a_copy(rng):
    net = MLP([3, 5, 2])
    state = net.state_dict()
    assert list(state) == ["W1", "b1", "W2", "b2"]
    net.parameters += 1
    assert not np.array_equal(state["W1"], net.linear[0].W)
    net.load_state_dict(state)
    np.testing.assert_array_equal(state["W1"], net.linear[0].W)
    assert list(LinearClassifier(3, 2).state_dict()) == ["W", "b"]


def test_misuse_is_explained(tmp_path):
    net = MLP([3, 5, 2])
    with pytest.raises(ValueError, match=r"must have the entries W1, b1, W2, b2; it has W1"):
        net.load_state_dict({"W1": np.zeros((5, 3))})
    before = net.parameters.copy()
    with pytest.raises(ValueError, match=r"b2 must have shape \(2,\); it has \(3,\).*other sizes"):
        net.load_state_dict(MLP([3, 5, 2]).state_dict() | {"b2": np.zeros(3)})
    np.testing.assert_array_equal(net.parameters, before)  # nothing was taken over by half
    net.save(tmp_path / "net.npz")
    with pytest.raises(ValueError, match=r"holds a MLP, not a LinearClassifier: use MLP\.load"):
        LinearClassifier.load(tmp_path / "net.npz")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ValueError, match="holds no network of nnlib"):
        MLP.load(tmp_path / "other.npz")


def test_a_file_with_python_objects_is_refused(tmp_path):
    objects = np.array([{"harm": True}], dtype=object)
    np.savez(tmp_path / "net.npz", description=objects)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        MLP.load(tmp_path / "net.npz")
