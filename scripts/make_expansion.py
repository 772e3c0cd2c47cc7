"""Write `src/bporoute/_kernels/queueing/gamma_expansion.py`: the polynomials behind the Erlang kernels.

Everything is computed from its definition with 50 digits, fitted on Chebyshev nodes, cut where the rest is
below double precision and written out as straight-line kernels. Run it to reproduce the file bit by bit:

    python scripts/make_expansion.py > src/bporoute/_kernels/queueing/gamma_expansion.py

Sources: N. M. Temme, SIAM J. Math. Anal. 10 (1979) 757; NIST Digital Library of Mathematical Functions,
5.11.3 (Stirling), 8.12.8 to 8.12.12 (uniform expansion of the incomplete gamma function).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import mpmath as mp
from mpmath import mpf

mp.mp.dps = 50
ORDERS = 14  # terms c_k(eta) n^-k: error below 1e-19 from n = 16 on
TAYLOR = 120  # powers of eta in c_k: the radius of convergence is 2 sqrt(pi)

Polynomial = list[mpf]


# --- the functions --------------------------------------------------------------------------------------


def stirling_series() -> list[mpf]:
    """g_k of Gamma*(n) ~ sum g_k n^-k, from the logarithm's Bernoulli numbers (DLMF 5.11.1)."""
    logarithm = [mpf(0)] * (ORDERS + 2)
    for k in range(1, ORDERS // 2 + 1):
        logarithm[2 * k - 1] = mp.bernoulli(2 * k) / (2 * k * (2 * k - 1))
    series = [mpf(1)]
    for n in range(1, ORDERS + 2):
        series.append(sum(j * logarithm[j] * series[n - j] for j in range(1, n + 1)) / n)
    return series


def ratio_series(terms: int) -> list[mpf]:
    """a / n - 1 as a power series in eta, from eta^2 / 2 = a/n - 1 - ln(a/n)."""
    alpha = [mpf(0), mpf(1)]
    for n in range(2, terms):
        products = sum(alpha[i] * alpha[n + 1 - i] * (n + 1 - i) for i in range(2, n))
        alpha.append((alpha[n - 1] - products) / (n + 1))
    return alpha


def correction_series() -> list[list[mpf]]:
    """Rows k of d_(k,m): c_k(eta) = sum over m of d_(k,m) eta^m (DLMF 8.12.12)."""
    length = TAYLOR + 2 * ORDERS
    alpha = ratio_series(length + 2)
    first = [mpf(-1) / 3] + [(n + 2) * alpha[n + 2] for n in range(1, length)]
    rows = [first]
    for k in range(1, ORDERS + 1):
        sign = (-1) ** k * STIRLING[k]
        rows.append([sign * first[n] + (n + 2) * rows[-1][n + 2] for n in range(length - 2 * k)])
    return rows


STIRLING = stirling_series()
CORRECTIONS = correction_series()


def correction(eta: mpf, nu: mpf) -> mpf:
    """S(eta, n) = sum c_k(eta) n^-k with nu = 1 / n."""
    rows = [mp.polyval(row[TAYLOR::-1], eta) for row in CORRECTIONS]
    return mp.polyval(rows[::-1], nu)


def reciprocal_gamma_slope(fraction: mpf) -> mpf:
    with mp.workdps(80):
        return (mp.rgamma(1 + fraction) - 1) / fraction if fraction else mp.euler


def slope(v: mpf) -> mpf:
    """eta / v, with eta^2 / 2 = a/n - 1 - ln(a/n) and v = (a - n) / (a + n)."""
    return 2 * mp.sqrt(1 / (1 - v) - v * inverse_tangent_rest(v * v))


def correction_at(v: mpf, nu: mpf) -> mpf:
    """S as a function of v."""
    return correction(v * slope(v), nu)


def gamma_star(nu: mpf) -> mpf:
    """Gamma(n) sqrt(n / 2 pi) (e / n)^n with nu = 1 / n."""
    return mp.polyval(STIRLING[::-1], nu)


def scaled_erfc(w: mpf) -> mpf:
    """exp(y^2) erfc(y) / w at w = 4 / (4 + y)."""
    y = 4 / w - 4
    return mp.exp(y * y) * mp.erfc(y) / w


def inverse_tangent_rest(square: mpf) -> mpf:
    """(artanh(v) - v) / v^3 at v^2 = square."""
    if square < mpf("1e-12"):
        return mpf(1) / 3 + square / 5 + square**2 / 7
    v = mp.sqrt(square)
    return (mp.atanh(v) - v) / v**3


# --- Chebyshev fits -------------------------------------------------------------------------------------


def nodes(count: int) -> list[mpf]:
    return [mp.cos(mp.pi * (mpf(i) + 0.5) / count) for i in range(count)]


def chebyshev(values: list[mpf]) -> list[mpf]:
    """Coefficients of the interpolating Chebyshev series through values at `nodes`."""
    count = len(values)
    angles = [mp.pi * (mpf(i) + 0.5) / count for i in range(count)]
    return [
        sum(value * mp.cos(k * angle) for value, angle in zip(values, angles, strict=True))
        * (2 if k else 1)
        / count
        for k in range(count)
    ]


def monomials(series: list[mpf]) -> Polynomial:
    """A Chebyshev series on [-1, 1] as a polynomial."""
    basis = [[mpf(1)], [mpf(0), mpf(1)]]
    while len(basis) < len(series):
        doubled = [mpf(0)] + [2 * c for c in basis[-1]]
        basis.append([c - (basis[-2][i] if i < len(basis[-2]) else 0) for i, c in enumerate(doubled)])
    out = [mpf(0)] * len(series)
    for coefficient, polynomial in zip(series, basis, strict=False):
        for i, c in enumerate(polynomial):
            out[i] += coefficient * c
    return out


def cut(series: list[mpf], error: float) -> list[mpf]:
    """The shortest head whose rest is below `error`."""
    rest = mpf(0)
    for end in range(len(series), 0, -1):
        rest += abs(series[end - 1])
        if rest > error:
            return series[:end]
    return []


def fit(function: Callable[[mpf], mpf], low: float, high: float, error: float, count: int = 44) -> Polynomial:
    """A polynomial in u = (2 x - low - high) / (high - low)."""
    low, high = mpf(low), mpf(high)
    values = [function((low + high) / 2 + (high - low) / 2 * u) for u in nodes(count)]
    return monomials(cut(chebyshev(values), error))


def fit_plane(vs: tuple[float, float], nus: tuple[float, float], error: float) -> list[Polynomial]:
    """S as polynomials in v, one for each power of nu, both scaled to [-1, 1]."""
    (v_low, v_high), (nu_low, nu_high) = (tuple(map(mpf, pair)) for pair in (vs, nus))
    rows = []
    for u in nodes(30):
        v = (v_low + v_high) / 2 + (v_high - v_low) / 2 * u
        over_nu = [correction_at(v, (nu_low + nu_high) / 2 + (nu_high - nu_low) / 2 * w) for w in nodes(12)]
        rows.append(chebyshev(over_nu))
    by_order = [cut(chebyshev([row[j] for row in rows]), error) for j in range(12)]
    while not by_order[-1]:
        by_order.pop()
    # from Chebyshev polynomials in nu to powers of nu, each with its polynomial in v
    out = [[mpf(0)] * max(map(len, by_order)) for _ in by_order]
    for j, series in enumerate(by_order):
        for power, weight in enumerate(monomials([mpf(0)] * j + [mpf(1)])):
            for i, c in enumerate(monomials(series)):
                out[power][i] += weight * c
    return [shortened(polynomial) for polynomial in out]


def shortened(polynomial: Polynomial) -> Polynomial:
    while polynomial and polynomial[-1] == 0:
        polynomial = polynomial[:-1]
    return polynomial


# --- straight-line code ---------------------------------------------------------------------------------


def literal(value: mpf) -> str:
    return repr(float(value))


def estrin(polynomial: Polynomial, name: str) -> str:
    """The polynomial as one expression over name, name2, name4 .., short chains side by side."""
    if len(polynomial) == 1:
        return literal(polynomial[0])
    half = 1
    while 2 * half < len(polynomial):
        half *= 2
    power = name if half == 1 else f"{name}{half}"
    low, high = estrin(polynomial[:half], name), estrin(polynomial[half:], name)
    return f"({low} + {power} * {high})"


def powers(degree: int, name: str) -> Iterator[str]:
    half = 1
    while 2 * half <= degree:
        before = name if half == 1 else f"{name}{half}"
        half *= 2
        yield f"    {name}{half} = {before} * {before}"


def scaling(variable: str, low: float, high: float) -> str:
    low, high = mpf(low), mpf(high)
    return f"{variable} * {literal(2 / (high - low))} - {literal((high + low) / (high - low))}"


def write_line_kernel(name: str, argument: str, text: str, low: float, high: float,
                      function: Callable[[mpf], mpf], result: str = "{}") -> None:  # fmt: skip
    polynomial = fit(function, low, high, SMALL)
    print(f'\n\n@kernel("f8(f8)")\ndef {name}({argument}: float) -> float:\n    """{text}"""')
    if name == "scaled_erfc":
        print(f"    w = 4.0 / (4.0 + {argument})")
        argument = "w"
    print(f"    u = {scaling(argument, low, high)}")
    print(*powers(len(polynomial) - 1, "u"), sep="\n")
    print(f"    return {result.format(estrin(polynomial, 'u'))}")


def write_plane_kernel(name: str, vs: tuple[float, float], agents: tuple[float, float]) -> None:
    low, high = agents
    nus = (0.0 if mp.isinf(high) else float(1 / mpf(high)), float(1 / mpf(low)))
    slopes = fit(slope, *vs, SMALL)
    polynomials = fit_plane(vs, nus, SMALL_CORRECTION)
    upper = "" if mp.isinf(high) else f" to {high:g}"
    print(f'\n\n@kernel("UniTuple(f8,2)(f8,f8)")\ndef {name}(v: float, nu: float) -> tuple[float, float]:')
    where = f"n from {low:g}{upper}, v from {vs[0]:g} to {vs[1]:g}; nu = 1 / n"
    print(f'    """(eta / v, Temme\'s S) for {where}."""')
    print(f"    u = {scaling('v', *vs)}")
    print(f"    w = {scaling('nu', *nus)}")
    print(*powers(max(len(slopes), *map(len, polynomials)) - 1, "u"), sep="\n")
    for order, polynomial in enumerate(polynomials):
        print(f"    s{order} = {estrin(polynomial, 'u')}")
    names = [f"s{order}" for order in range(len(polynomials))]
    while len(names) > 1:
        print(f"    {names[-2]} = {names[-2]} + w * {names[-1]}")
        names.pop()
    print(f"    return {estrin(slopes, 'u')}, s0")


# Where each expansion holds; `bporoute._kernels.queueing.erlang` keeps to these.
TIERS = (
    ("near_16", (-0.46, 0.43), (16.0, 64.0)),
    ("near_64", (-0.3, 0.28), (64.0, 512.0)),
    ("near_512", (-0.16, 0.12), (512.0, 8192.0)),
    ("near_8192", (-0.035, 0.035), (8192.0, mp.inf)),
)
SMALL = 1e-17
SMALL_CORRECTION = 4e-17  # S is added to what is above 1


def main() -> None:
    print(
        '"""Polynomials of the Erlang kernels, written by `scripts/make_expansion.py`; change them there."""'
        "\n\n# ruff: noqa: E501  # one expression for each polynomial\n"
        "from bporoute._kernels.compiling.registry import kernel"
    )
    write_line_kernel(
        "scaled_erfc", "y", "exp(y^2) erfc(y) for y from 0 to 5.", float(mpf(4) / 9), 1.0,
        scaled_erfc, "w * {}",
    )  # fmt: skip
    write_line_kernel(
        "artanh_rest", "square", "(artanh(v) - v) / v^3 for square = v^2 from 0 to 0.27.", 0.0, 0.27,
        inverse_tangent_rest,
    )  # fmt: skip
    write_line_kernel(
        "gamma_star", "nu", "Gamma(n) sqrt(n / 2 pi) (e / n)^n for n from 16; nu = 1 / n.", 0.0, 1 / 16,
        gamma_star,
    )  # fmt: skip
    write_line_kernel(
        "reciprocal_gamma_slope", "fraction", "(1 / Gamma(1 + fraction) - 1) / fraction, from 0 to 1.",
        0.0, 1.0, reciprocal_gamma_slope,
    )  # fmt: skip
    for name, vs, agents in TIERS:
        write_plane_kernel(name, vs, agents)


if __name__ == "__main__":
    main()
