"""Content-Encoding both ways: gzip, deflate, lz4 frames, zstd."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import lz4.frame
from backports import zstd

from .errors import ClickHouseError, bad_request

__all__ = ["Encoder", "choose_encoding", "decode_body"]

# Cheapest first: clients sit on the same machine.
_PREFERRED = ("lz4", "zstd", "gzip", "deflate")
_DECODERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "deflate": lambda: zlib.decompressobj(wbits=15),
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "zstd": zstd.ZstdDecompressor,
}
_DAMAGED = (zlib.error, RuntimeError, EOFError, zstd.ZstdError)


def choose_encoding(accept_encoding: str) -> str | None:
    """The encoding to answer with, out of what an Accept-Encoding header allows; None for identity."""
    offered = {part.split(";")[0].strip().lower() for part in accept_encoding.split(",")}
    return next((name for name in _PREFERRED if name in offered), None)


def decode_body(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Undo a request's Content-Encoding, piece by piece; several frames or members in a row are one body."""
    if encoding in ("", "identity"):
        yield from pieces
        return
    if encoding not in _DECODERS:
        raise ClickHouseError.made_here(89, "UNKNOWN_COMPRESSION_METHOD", f"Unknown Content-Encoding {encoding!r}")
    decoder = _DECODERS[encoding]()
    started = False
    for piece in pieces:
        data = piece
        while data:
            if decoder.eof:
                decoder = _DECODERS[encoding]()
            try:
                out = decoder.decompress(data)
            except _DAMAGED as error:
                raise bad_request(f"Request body is not valid {encoding}: {error}") from error
            data = decoder.unused_data if decoder.eof else b""
            started = True
            if out:
                yield out
    if started and not decoder.eof:
        raise bad_request(f"Request body ends inside its {encoding} stream")


class Encoder:
    """Compresses a response as it is written; every piece comes out at once, so that streams stay live."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._begun = False
        if encoding == "lz4":
            self._lz4 = lz4.frame.LZ4FrameCompressor(auto_flush=True)
        elif encoding == "zstd":
            self._zstd = zstd.ZstdCompressor(level=1)
        else:
            self._zlib = zlib.compressobj(level=1, wbits=31 if encoding == "gzip" else 15)

    def encode(self, data: bytes) -> bytes:
        if self.encoding == "lz4":
            head = b"" if self._begun else self._lz4.begin()
            self._begun = True
            return head + self._lz4.compress(data)
        if self.encoding == "zstd":
            return self._zstd.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)
        return self._zlib.compress(data) + self._zlib.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        if self.encoding == "lz4":
            return self.encode(b"") + self._lz4.flush()
        return self._zstd.flush() if self.encoding == "zstd" else self._zlib.flush()
