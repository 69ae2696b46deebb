"""Unpacks model.tar.gz without trusting it.

Between the model artefact and its loader. Members that leave the folder, links, devices, and archives that
unpack to too much are refused before a byte is written outside.
Cost: the limits also bound honest models (MAX_BYTES in all).
"""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

from contracts.errors import ArtifactError

MAX_BYTES = 8 * 2**30
MAX_MEMBERS = 10_000


def unpack_model(archive: Path, dest: Path) -> Path:
    """Extract an archive into an existing folder; returns that folder.

    Raises:
        ArtifactError: not a tar archive, unsafe members, or larger than the limits.
    """
    try:
        with tarfile.open(archive, "r:*") as tar:
            total = 0
            for count, member in enumerate(tar, start=1):
                total += member.size
                if count > MAX_MEMBERS or total > MAX_BYTES:
                    raise ArtifactError(
                        f"{archive.name} unpacks to more than {MAX_MEMBERS} files or {MAX_BYTES // 2**30} GiB; refused."
                    )
                if not (member.isreg() or member.isdir()):
                    raise ArtifactError(f"{archive.name} holds '{member.name}', which is no regular file; refused.")
                tar.extract(member, dest, filter="data")
    except tarfile.FilterError as error:
        raise ArtifactError(f"{archive.name} would write outside its folder ({error}); refused.") from error
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise ArtifactError(f"{archive.name} is not a readable model archive: {error}.") from error
    return dest
