"""Lanes: one bit of each of many records, side by side in a vector register.

Whatever is done to lanes is done to all records at once. This file holds all that is written for
the compiler rather than for the reader: the type, and what numba can't say of it. It becomes plain
LLVM vector instructions, so it runs on any processor; where there is AVX-512, whose VPTERNLOG takes
three operands, adding takes 2 instructions in place of 5.

numba keeps compiled code apart by processor and its features, so what is decided here when it is
imported always fits the code that is read from the cache.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic, models, register_model

_Ir = Any
"""What numba and LLVM hand on; it has no stubs."""
_Intrinsic = tuple[Any, Callable[[_Ir, _Ir, _Ir, _Ir], _Ir]]
_intrinsic: Any = intrinsic
"""numba's decorator; it gives the function a context that callers don't."""


def _has_avx512() -> bool:
    """Whether numba compiles for a processor with AVX-512; NUMBA_CPU_NAME and others may say so."""
    features = config.CPU_FEATURES  # type: ignore[attr-defined] # made from the environment
    if features is None:
        is_host = not config.CPU_NAME  # type: ignore[attr-defined]
        features = get_host_cpu_features() if is_host else ""
    return "+avx512f" in features.split(",")


_AVX512: Final = _has_avx512()
LANES: Final = 512 if _AVX512 else 256
"""Records side by side: as many as a register has bits. Without AVX-512 that is AVX2's number;
where registers are narrower still, LLVM uses several."""
LANE_WORDS: Final = LANES // 64

_WORD: Final = ir.IntType(64)
_VECTOR: Final = ir.VectorType(_WORD, LANE_WORDS)
_ALL: Final = (1 << 64) - 1


class _LanesType(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"Lanes({LANES})")


lanes: Final = _LanesType()
Lanes: TypeAlias = Any
"""What compiled code holds; outside of it there is no such value."""


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: _Ir, kind: types.Type) -> None:
        super().__init__(manager, kind, _VECTOR)


def _same(word: int) -> ir.Constant:
    return ir.Constant(_VECTOR, [ir.Constant(_WORD, word)] * LANE_WORDS)


def _address(context: _Ir, builder: _Ir, array_type: types.Type, array: _Ir) -> _Ir:
    return context.make_array(array_type)(context, builder, array).data


def _ternary(builder: _Ir, operands: list[_Ir], truth_table: int) -> _Ir:
    """Any function of three bits, by AVX-512: bit 4a + 2b + c of the table is its value."""
    halves = ir.VectorType(ir.IntType(32), 2 * LANE_WORDS)
    signature = ir.FunctionType(halves, [halves] * 3 + [ir.IntType(32)])
    name = "llvm.x86.avx512.pternlog.d.512"
    function = cgutils.get_or_insert_function(builder.module, signature, name)
    cast = [builder.bitcast(operand, halves) for operand in operands]
    found = builder.call(function, [*cast, ir.Constant(ir.IntType(32), truth_table)])
    return builder.bitcast(found, _VECTOR)


def _full_add(builder: _Ir, one: _Ir, other: _Ir, third: _Ir) -> tuple[_Ir, _Ir]:
    """The sum of three bits in each lane: a bit, and a carry that is worth twice as much."""
    if _AVX512:
        operands = [one, other, third]
        return _ternary(builder, operands, 0x96), _ternary(builder, operands, 0xE8)
    differ = builder.xor(one, other)
    carry = builder.or_(builder.and_(one, other), builder.and_(differ, third))
    return builder.xor(differ, third), carry


@_intrinsic
def spread(_context: _Ir, _bit: types.Type) -> _Intrinsic:
    """All lanes are the lowest bit of an integer."""

    def write(_context: _Ir, builder: _Ir, _signature: _Ir, args: _Ir) -> _Ir:
        bit = builder.and_(args[0], ir.Constant(_WORD, 1))
        word = builder.neg(bit)
        one = builder.insert_element(
            ir.Constant(_VECTOR, ir.Undefined), word, ir.Constant(ir.IntType(32), 0)
        )
        places = ir.VectorType(ir.IntType(32), LANE_WORDS)
        return builder.shuffle_vector(one, one, ir.Constant(places, [0] * LANE_WORDS))

    return lanes(types.int64), write


@_intrinsic
def load(_context: _Ir, words: types.Type, _at: types.Type) -> _Intrinsic:
    """Lanes that begin at a word of a 1-d uint64 array."""

    def write(context: _Ir, builder: _Ir, signature: _Ir, args: _Ir) -> _Ir:
        place = builder.gep(_address(context, builder, signature.args[0], args[0]), [args[1]])
        return builder.load(builder.bitcast(place, _VECTOR.as_pointer()), align=8)

    return lanes(words, types.intp), write


@_intrinsic
def store(_context: _Ir, words: types.Type, _at: types.Type, _what: types.Type) -> _Intrinsic:
    """Writes lanes to a 1-d uint64 array, from a word on; lane i is bit i % 64 of word i // 64."""

    def write(context: _Ir, builder: _Ir, signature: _Ir, args: _Ir) -> _Ir:
        place = builder.gep(_address(context, builder, signature.args[0], args[0]), [args[1]])
        builder.store(args[2], builder.bitcast(place, _VECTOR.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(words, types.intp, lanes), write


@_intrinsic
def add_planes(
    _context: _Ir,
    low: types.Type,
    words: types.Type,
    _start: types.Type,
    offsets: types.Type,
    _at: types.Type,
) -> _Intrinsic:
    """Adds 2^k planes to the k lowest bits of binary counters, one counter a lane.

    Plane i are the lanes that begin at `words[start + offsets[at + i]]`.

    Args:
        low: k lanes: the counters' bits that are worth 1, 2, 4 ...
        words: 1-d uint64.
        _start: a word of it.
        offsets: 1-d uint32.
        _at: an entry of it.

    Returns:
        The bits as they are now, and the carry, worth 2^k.
    """

    def write(context: _Ir, builder: _Ir, signature: _Ir, args: _Ir) -> _Ir:
        bits = cgutils.unpack_tuple(builder, args[0])
        planes = builder.gep(_address(context, builder, signature.args[1], args[1]), [args[2]])
        listed = builder.gep(_address(context, builder, signature.args[3], args[3]), [args[4]])

        def plane(number: int) -> _Ir:
            entry = builder.gep(listed, [ir.Constant(ir.IntType(32), number)])
            place = builder.gep(planes, [builder.zext(builder.load(entry), _WORD)])
            return builder.load(builder.bitcast(place, _VECTOR.as_pointer()), align=8)

        def add(level: int, first: int) -> _Ir:
            """Adds 2^(level + 1) planes to as many bits and one more: the carry."""
            if level < 0:
                return plane(first)
            one, other = add(level - 1, first), add(level - 1, first + 2**level)
            bits[level], carry = _full_add(builder, bits[level], one, other)
            return carry

        carry = add(len(bits) - 1, 0)
        result = signature.return_type
        packed = context.make_tuple(builder, result[0], bits)
        return context.make_tuple(builder, result, [packed, carry])

    return types.Tuple((low, lanes))(low, words, types.intp, offsets, types.intp), write


@_intrinsic
def half_add(_context: _Ir, _one: types.Type, _other: types.Type) -> _Intrinsic:
    """The sum of two bits in each lane: a sum bit, and a carry bit."""

    def write(context: _Ir, builder: _Ir, signature: _Ir, args: _Ir) -> _Ir:
        both = [builder.xor(*args), builder.and_(*args)]
        return context.make_tuple(builder, signature.return_type, both)

    return types.UniTuple(lanes, 2)(lanes, lanes), write


@_intrinsic
def either(_context: _Ir, _one: types.Type, _other: types.Type) -> _Intrinsic:
    """The lanes that are set in one or the other."""

    def write(_context: _Ir, builder: _Ir, _signature: _Ir, args: _Ir) -> _Ir:
        return builder.or_(*args)

    return lanes(lanes, lanes), write


@_intrinsic
def words_left(_context: _Ir, _what: types.Type) -> _Intrinsic:
    """In how many words, of LANE_WORDS, some lane is not set."""

    def write(_context: _Ir, builder: _Ir, _signature: _Ir, args: _Ir) -> _Ir:
        differ = builder.icmp_unsigned("!=", args[0], _same(_ALL))
        differing = builder.bitcast(differ, ir.IntType(LANE_WORDS))
        return builder.ctpop(builder.zext(differing, _WORD))

    return types.int64(lanes), write
