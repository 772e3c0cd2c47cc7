"""The oracle against exact values made elsewhere, and against other methods in high precision."""

from __future__ import annotations

import pytest

from helpers import oracle
from helpers.exact_values import rows
from helpers.oracle import Queue, inf, mp, mpf

pytestmark = pytest.mark.thorough

DIGITS = 24  # the file has 25
NOISE = mpf("1e-50")  # what 60-digit differences in the file leave of a service level of 1e-239


def number(text):
    """What the file calls a number is a double, taken exactly, if it is an input."""
    return mpf(float(text))


def agree(found, expected, digits=DIGITS):
    expected = mpf(expected)
    if mp.isinf(expected):
        assert found == expected
    else:
        assert abs(found - expected) <= abs(expected) * mpf(10) ** -digits + NOISE


def agree_on(row, **found):
    for name, value in found.items():
        if name in row:
            agree(value, row[name])


# --- exact values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows("erlang_b"))
def test_erlang_b(row):
    n, a = number(row["n"]), number(row["a"])
    b = oracle.erlang_b(n, a)
    agree_on(row, blocking=b, carried=a * (1 - b), lost=a * b)
    agree(Queue(n, a, places=0).p_block, row["blocking"])


@pytest.mark.parametrize("row", rows("erlang_c"))
def test_erlang_c(row):
    n, a = number(row["n"]), number(row["a"])
    queue = Queue(n, a)
    agree(oracle.erlang_c(n, a), row["p_wait"])
    agree(queue.asa, row["asa"])
    if row["stable"]:
        agree_on(
            row, mean_queue_length=queue.mean_queue, occupancy=queue.occupancy,
            mean_wait_given_wait=queue.mean_wait / queue.p_wait,
        )  # fmt: skip
    for text, at_t in row["t"].items():
        t = number(text)
        agree_on(at_t, service_level=queue.service_level(t), p_wait_gt_t=queue.exceeds(t))
        agree(1 - queue.shortfall(t), at_t["service_level"])
    for probability, t in row.get("percentile", {}).items():
        agree(oracle.wait_quantile(n, a, number(probability)), t)


@pytest.mark.parametrize("row", rows("erlang_a"))
def test_erlang_a(row):
    patience = number(row["patience"])
    queue = Queue(number(row["n"]), number(row["a"]), patience)
    answered = queue.asa * queue.p_served
    agree_on(
        row, p_wait=queue.p_wait, p_abandon=queue.p_abandon,
        p_abandon_given_wait=queue.p_abandon / queue.p_wait, mean_wait_all=queue.mean_wait,
        mean_queue_length=queue.mean_queue, occupancy=queue.occupancy, mean_wait_answered=queue.asa,
        mean_wait_abandoned=(queue.mean_wait - answered) / queue.p_abandon,
        mean_virtual_wait=queue.mean_virtual_wait,
    )  # fmt: skip
    for text, at_t in row["t"].items():
        t = number(text)
        agree_on(
            at_t, p_virtual_wait_gt_t=queue.virtual_exceeds(t), sl_offered=queue.service_level(t),
            sl_answered=queue.service_level(t, "answered"), p_abandon_within_t=queue.abandoned_within(t),
            sl_excl_short_abandons=queue.service_level(t, "ignored"),
            sl_virtual=queue.service_level(t, "virtual"),
            sl_served_or_abandoned_within_t=queue.service_level(t, "credited"),
        )  # fmt: skip
        agree(queue.service_level(t, "short_excluded", short=t), at_t["sl_excl_short_abandons"])


@pytest.mark.parametrize("row", rows("finite_capacity"))
def test_finite_capacity(row):
    n = number(row["n"])
    patience = number(row["patience"]) if row["patience"] else inf
    queue = Queue(n, number(row["a"]), patience, number(row["K"]) - n)
    accepted = 1 - queue.p_block
    agree_on(
        row, p_block=queue.p_block, p_wait_accepted=queue.p_wait / accepted,
        mean_queue_length=queue.mean_queue, p_abandon_offered=queue.p_abandon,
        p_abandon_accepted=queue.p_abandon / accepted,
        mean_wait_accepted=queue.mean_wait_accepted, occupancy=queue.occupancy,
    )  # fmt: skip
    for text, at_t in row["t"].items():
        level = queue.service_level(number(text))
        agree_on(at_t, sl_offered=level, sl_accepted=level / accepted)


@pytest.mark.parametrize("row", rows("overflow"))
def test_overflow(row):
    mean, variance, peakedness = oracle.overflow(number(row["n"]), number(row["a"]))
    agree_on(row, mean=mean, variance=variance, peakedness=peakedness)


@pytest.mark.parametrize("row", rows("erlang_b_inverse_load"))
def test_inverse_load(row):
    agree(oracle.erlang_b_load(number(row["n"]), number(row["blocking"])), row["offered_load"])


@pytest.mark.parametrize("row", rows("extended_erlang_b"))
def test_extended_erlang_b(row):
    offered, blocking = oracle.extended_erlang_b(number(row["n"]), number(row["a"]), number(row["recall"]))
    agree_on(row, offered_total=offered, blocking=blocking)


@pytest.mark.parametrize("row", rows("staffing_erlang_c_sl"))
def test_staffing_erlang_c(row):
    a, t, n = number(row["a"]), number(row["t"]), row["n_min"]
    agree_on(
        row, sl_at_n=Queue(n, a).service_level(t), sl_at_n_minus_1=Queue(n - 1, a).service_level(t)
    )  # fmt: skip


@pytest.mark.parametrize("row", rows("staffing_erlang_a_sl_offered"))
def test_staffing_erlang_a(row):
    a, t, patience, n = number(row["a"]), number(row["t"]), number(row["patience"]), row["n_min"]
    agree_on(
        row, sl_at_n=Queue(n, a, patience).service_level(t),
        sl_at_n_minus_1=Queue(n - 1, a, patience).service_level(t),
    )  # fmt: skip


@pytest.mark.parametrize("row", rows("staffing_erlang_b"))
def test_staffing_erlang_b(row):
    a, n = number(row["a"]), row["n_min"]
    agree_on(row, blocking_at_n=oracle.erlang_b(n, a), blocking_at_n_minus_1=oracle.erlang_b(n - 1, a))


# --- other methods --------------------------------------------------------------------------------------

POINTS = [
    (0.25, 1e-6), (0.75, 3.5), (1.0, 0.5), (3.0, 1e9), (10.5, 9.0), (16.0, 1e-6), (24.5, 24.5), (24.5, 80.0),
    (200.0, 150.0), (200.0, 200.5), (1000.5, 1100.0), (1e4, 9.9e3), (1e6, 1e6 + 0.5), (1e6, 1.2e6),
    (1e8, 99_990_000.0), (1e8, 1e8), (1e8, 100_080_000.0), (1e8, 1e9), (1e8, 1e-6), (1e12, 1e12), (1e12, 1e9),
    (1e-6, 1e-6), (1e-6, 1e6), (1e-300, 2.0),
]  # fmt: skip


@pytest.mark.parametrize(("n", "a"), POINTS)
def test_both_weights_make_the_whole_gamma_function(n, a):
    """U + A - 1 = 1 / poisson(n; a), DLMF 8.2.3, with mpmath's loggamma."""
    whole = oracle.free_weight(n, a) + oracle.busy_weight(n, a)
    agree(whole, mp.exp(-oracle.log_poisson(n, a)), 38)


@pytest.mark.parametrize(("n", "a"), [(n, a) for n, a in POINTS if n >= 0.25])
def test_recursion(n, a):
    """U(n + 1) = 1 + (n + 1) / a U(n): the quadrature itself knows nothing of it."""
    n = mpf(n)
    agree(oracle.free_weight(n + 1, a), (n + 1) / mpf(a) * (1 + oracle.free_weight(n, a)), 38)


@pytest.mark.parametrize(("n", "a"), [(n, a) for n, a in POINTS if 0.25 <= n <= 2000 and a < 2000])
def test_weights_by_the_hypergeometric_series(n, a):
    """A = M(1, n + 1, a), and U by the incomplete gamma function, both mpmath's own."""
    agree(oracle.busy_weight(n, a), mp.hyp1f1(1, mpf(n) + 1, a), 38)
    upper = mp.exp(a) * mpf(a) ** -mpf(n) * mp.gammainc(mpf(n) + 1, a)
    agree(1 + oracle.free_weight(n, a), upper, 38)


@pytest.mark.parametrize(("n", "gap"), [(10**6, -2000), (10**6, 500), (10**8, 20_000), (10**8, 80_000)])
def test_free_weight_by_the_sum_over_states(n, gap):
    """The descending series n/a + n(n-1)/a^2 + ... in whole numbers, rounded down term by term."""
    unit = 10**60
    term, total, a = unit, 0, n + gap
    for i in range(n):
        term = term * (n - i) // a
        total += term
        if term == 0:
            break
    agree(oracle.free_weight(n, a), mpf(total) / unit, 38)


@pytest.mark.parametrize(
    ("n", "a", "patience", "t"),
    [
        (28.0, 24.0, 1.25, 1 / 12), (24.5, 20.0, 0.5, 0.0625), (3.5, 9.0, 2.0, 0.7), (0.5, 0.1, 20.0, 3.0),
        (40.0, 60.0, 3.0, 0.02), (100.25, 80.0, 0.01, 0.001),
    ],
)  # fmt: skip
def test_erlang_a_by_states(n, a, patience, t):
    """An endless room by integrals over the wait is a large room by sums over the contacts found."""
    endless, room = Queue(n, a, patience), Queue(n, a, patience, 700)
    for name in ("p_wait", "p_abandon", "p_served", "mean_wait", "mean_queue", "asa", "mean_virtual_wait"):
        agree(getattr(room, name), getattr(endless, name), 36)
    for name in ("virtual_exceeds", "exceeds", "served_within", "served_late", "abandoned_within"):
        agree(getattr(room, name)(t), getattr(endless, name)(t), 36)
    short = ("short_excluded", "short_credited")
    for counting in ("offered", "ignored", "credited", "answered", *short, "virtual"):
        agree(endless.service_level(t, counting, 0.01) + endless.shortfall(t, counting, 0.01), 1, 40)


@pytest.mark.parametrize(("n", "a", "t"), [(28.0, 24.0, 1 / 12), (3.5, 3.0, 2.0)])
def test_erlang_c_by_states(n, a, t):
    endless, room = Queue(n, a), Queue(n, a, inf, 800)
    for name in ("p_wait", "mean_wait", "asa", "mean_queue", "mean_virtual_wait"):
        agree(getattr(room, name), getattr(endless, name), 36)
    for name in ("virtual_exceeds", "exceeds", "served_within", "served_late"):
        agree(getattr(room, name)(t), getattr(endless, name)(t), 36)


@pytest.mark.parametrize(("n", "a", "patience"), [(24.0, 20.0, 1e15), (24.0, 20.0, 1e-15)])
def test_erlang_a_lies_between_loss_and_delay(n, a, patience):
    limit = oracle.erlang_c(n, a) if patience > 1 else oracle.erlang_b(n, a)
    agree(Queue(n, a, patience).p_wait, limit, 13)
    if patience < 1:
        agree(Queue(n, a, patience).p_abandon, limit, 13)


def test_patience_of_one_handle_time_makes_the_number_present_poisson():
    assert abs(Queue(30, 25, 1).p_wait - (1 - mp.gammainc(30, 25, regularized=True))) < mpf("1e-38")


def test_edges():
    assert Queue(0, 3).p_wait == 1
    assert Queue(0, 3, 0.5).p_abandon == 1
    assert Queue(0, 3, 0.5).mean_wait == 0.5
    assert Queue(5, 0, 0.5).p_wait == 0
    assert Queue(5, 0).service_level(0) == 1
    agree(Queue(5, 4, 0).p_abandon, oracle.erlang_b(5, 4), 40)
    assert Queue(5, 4, 0).asa == 0
    agree(Queue(5, 4, 0, 3).p_abandon, oracle.erlang_b(5, 4), 40)
    assert oracle.erlang_b(0, 3) == 1
    assert oracle.erlang_b(3, 0) == 0
    assert Queue(4, 4).service_level(9) == 0
    assert Queue(4, 4).asa == inf
