"""Keys on the curve P-256, which every browser knows: derived from the key ring, never stored. Pure apart from the
ring, which is always an argument.

Public keys are raw uncompressed points (65 bytes), signatures are raw (r and s, 32 bytes each, over SHA-256): as
WebCrypto takes and gives them.
"""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from outpost.core.crypto import KeyRing

CURVE = ec.SECP256R1()
SIGNATURE = 64
"""Bytes."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HALF = 32


@lru_cache(maxsize=64)
def private_key(keys: KeyRing, kind: str, version: int) -> ec.EllipticCurvePrivateKey:
    """The key of one use, of a version of the sealing key. Raises UnknownKeyError for a version that is not there.

    64 bytes are reduced to a scalar of 32, so that none is likelier than another (FIPS 186-5, A.2.1).
    """
    scalar = int.from_bytes(keys.derived(kind, version)) % (_ORDER - 1) + 1
    return ec.derive_private_key(scalar, CURVE)


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """What others verify with."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def signature(key: ec.EllipticCurvePrivateKey, content: bytes) -> bytes:
    """What the key vouches for, signed."""
    r, s = decode_dss_signature(key.sign(content, ec.ECDSA(SHA256())))
    return r.to_bytes(_HALF) + s.to_bytes(_HALF)


def is_signed(public: bytes, signed: bytes, content: bytes) -> bool:
    """Whether the key of this public point signed the content. Raises ValueError for what is no point of the curve."""
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public)
    if len(signed) != SIGNATURE:
        return False
    r, s = int.from_bytes(signed[:_HALF]), int.from_bytes(signed[_HALF:])
    try:
        key.verify(encode_dss_signature(r, s), content, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
