"""What only machine code has: Numba's types, and code for what kernels ask for by name.

Only whoever compiles imports this, for it loads Numba.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, get_origin

import numba
import numba.core.typing.templates
import numba.extending
import numba.np.arrayobj

from bporoute._kernels.compiling.records import Field, fields
from bporoute._kernels.compiling.registry import SIGNATURES

_numba: Any = numba  # which ships no types
_types: Any = _numba.types
_extending: Any = _numba.extending
_arrays: Any = _numba.np.arrayobj
_Type: Any = _types.Type
_Template: Any = _numba.core.typing.templates.AttributeTemplate
_PrimitiveModel: Any = _extending.models.PrimitiveModel


def signature(function: Callable[..., Any]) -> Any:
    """The signature of a kernel, in Numba's types."""
    text = SIGNATURES[function]
    known: dict[str, Any] = dict(vars(_types))
    for name in compile(text, function.__name__, "eval").co_names:
        if name in function.__globals__:
            known[name] = _type(function.__globals__[name])
    return eval(text, known)


def given(function: Callable[..., Any]) -> dict[str, Any]:
    """Machine code for the names that a kernel uses: `registry.index`, `records.unpacked`."""
    own = {"index": _index, "unpacked": _unpacked}
    return {name: own[name] for name in own if name in function.__code__.co_names}


def _type(declared: Any) -> Any:
    """Numba's type of an array or a record."""
    return _written(declared.__metadata__[0]) if get_origin(declared) is Annotated else PackedType(declared)


@cache
def _written(text: str) -> Any:
    return eval(text, dict(vars(_types)))


class PackedType(_Type):  # type: ignore[misc]  # Numba ships no types
    """A record: in machine code it is the address of its words, and a field is read when it is asked for.

    So a function that takes records is as cheap to compile and to call as one that takes numbers.
    """

    def __init__(self, record: type[tuple[Any, ...]]) -> None:
        self.record = record
        super().__init__(name=f"{record.__module__}.{record.__qualname__}, packed")


@_extending.register_model(PackedType)
class _PackedModel(_PrimitiveModel):  # type: ignore[misc]  # Numba ships no types
    def __init__(self, manager: Any, packed: Any) -> None:
        super().__init__(manager, packed, manager.lookup(_types.int64).get_value_type())


@_extending.infer_getattr
class _PackedAttributes(_Template):  # type: ignore[misc]  # Numba ships no types
    key = PackedType

    def generic_resolve(self, packed: PackedType, name: str) -> Any:
        return _written(_field(packed, name).type) if name in packed.record.__annotations__ else None


@_extending.lower_getattr_generic(PackedType)  # type: ignore[untyped-decorator]  # Numba ships no types
def _read(context: Any, builder: Any, packed: PackedType, address: Any, name: str) -> Any:
    """An array that owns no memory, as of `numba.carray`, or a number."""
    field = _field(packed, name)
    word = context.get_value_type(_types.int64)
    words = builder.inttoptr(address, word.as_pointer())

    def read(place: int) -> Any:
        found = builder.load(builder.gep(words, [word(place)]))
        found.set_metadata("invariant.load", builder.module.add_metadata([]))  # nobody packs meanwhile
        return found

    first = read(field.place)
    if not field.dimensions:
        return first
    kind = _written(field.type)
    shape = [read(field.place + 1 + axis) for axis in range(field.dimensions)]
    if field.columns:
        shape[-1] = word(field.columns)
    itemsize = word(kind.dtype.bitwidth // 8)
    strides = [itemsize]
    for size in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], size))
    array = _arrays.make_array(kind)(context, builder)
    data = builder.inttoptr(first, array.data.type)
    _arrays.populate_array(array, data, shape, strides, itemsize, meminfo=None)
    return array._getvalue()


def _field(packed: PackedType, name: str) -> Field:
    return fields(packed.record)[list(packed.record.__annotations__).index(name)]


@_extending.intrinsic  # type: ignore[untyped-decorator]  # Numba ships no types
def _unpacked(typing: Any, record: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return arguments[1]

    return PackedType(record.instance_class)(record, _types.int64), generate


@_extending.intrinsic  # type: ignore[untyped-decorator]  # Numba ships no types
def _index(typing: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return arguments[0]

    return _types.uint64(_types.int64), generate
