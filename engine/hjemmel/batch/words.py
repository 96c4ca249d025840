"""Numbered words: values that come again and again, each held once, and a number for each place.

What is found out of a value is found out once for all places that have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

Column = Any  # an Arrow array; pyarrow has no types


def numbered(values: Column) -> tuple[Column, np.ndarray]:
    """Return the different *values*, and for each place which of them it is; −1 for none."""
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    indices = encoded.indices
    if indices.null_count:
        indices = indices.fill_null(-1)
    return encoded.dictionary, indices.to_numpy(zero_copy_only=False)


def different(columns: Sequence[Column]) -> tuple[list[tuple[Any, ...]], np.ndarray]:
    """Return what the *columns* tell together, each different row once, and which each row is."""
    which = np.zeros(len(columns[0]), dtype="int64")
    for column in columns:
        words, codes = numbered(column)
        which = which * (len(words) + 1) + codes + 1
        _, which = np.unique(which, return_inverse=True)
    _, first, which = np.unique(which, return_index=True, return_inverse=True)
    places = pa.array(first)
    rows = zip(*(column.take(places).to_pylist() for column in columns), strict=True)
    return list(rows), which


def coded(words: Column, codes: np.ndarray) -> Column:
    """Return a column in which each place has the word of its code; −1 is none."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=codes < 0), words)


def of_words(so: Sequence[bool] | np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return for each code whether its word is *so*; none never is."""
    if not np.any(so):
        return np.zeros(len(codes), dtype=bool)
    with_none = np.append(so, False)  # −1 is the last
    return np.asarray(with_none[codes])
