"""A seccomp filter: which system calls a render worker may not make (Linux on x86-64 and arm64).

It reads, computes and answers; it starts no process, opens no connection, changes no file and
reaches no other process. A refused call fails with EPERM, so that a library that merely tries
goes on. Kernel interface: linux/seccomp.h and linux/filter.h (classic BPF over seccomp_data).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
from collections.abc import Mapping, Sequence

_PR_SET_SECCOMP = 22
_MODE_FILTER = 2

# name: (x86-64, arm64), None where the architecture has no such call.
_REFUSED: Mapping[str, tuple[int | None, int | None]] = {
    # other programs and processes
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    # connections
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
    # files and folders
    "creat": (85, None), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276),
    "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "link": (86, None), "linkat": (265, 37),
    "unlink": (87, None), "unlinkat": (263, 35), "symlink": (88, None), "symlinkat": (266, 36),
    "mknod": (133, None), "mknodat": (259, 33), "chmod": (90, None), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "truncate": (76, 45), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "utime": (132, None), "utimes": (235, None), "utimensat": (280, 88),
    "futimesat": (261, None), "open_by_handle_at": (304, 265),
    # the system itself, and large doors into the kernel
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "userfaultfd": (323, 282), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180),
}  # fmt: skip

# Calls that look as if this kernel had none of them: the C library then takes the older one, whose flags can be seen.
_ABSENT: Mapping[str, tuple[int, int]] = {"clone3": (435, 435), "openat2": (437, 437)}

# call: (numbers, index of the argument that has the flags of opening)
_OPENINGS: Mapping[str, tuple[tuple[int | None, int | None], int]] = {"open": ((2, None), 1), "openat": ((257, 56), 2)}
_CLONE = (56, 220)

# Calls that may name this process only: (numbers, index of the argument that has the pid, whether 0 is itself).
_OWN_ONLY: Mapping[str, tuple[tuple[int, int], bool]] = {
    "kill": ((62, 129), False), "tkill": ((200, 130), False), "tgkill": ((234, 131), False),
    "prlimit64": ((302, 261), True),
}  # fmt: skip

_CLONE_THREAD = 0x10000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_ARCHITECTURES: Mapping[str, tuple[int, int]] = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32_BIT = 0x40000000

# seccomp_data: number at 0, architecture at 4, arguments of 8 bytes from 16 (little endian: low half first)
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_LOAD, _EQUAL, _ABOVE, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _END, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("value", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


Code = list[tuple[int, int, int, int]]


def refuse_system_calls() -> bool:
    """Installs the filter for this process for good; False where the system has no such thing.

    Needs ``PR_SET_NO_NEW_PRIVS``.
    """
    architecture = _ARCHITECTURES.get(platform.machine())
    if architecture is None or not sys.platform.startswith("linux"):
        return False
    code = _filter(*architecture, pid=os.getpid())
    instructions = (_Instruction * len(code))(*(_Instruction(*line) for line in code))
    program = _Program(len(code), instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter(audit_name: int, column: int, *, pid: int) -> Code:
    code: Code = [
        (_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, audit_name), (_RETURN, 0, 0, _END),
        (_LOAD, 0, 0, _NUMBER), (_ABOVE, 0, 1, _X32_BIT), _fail(errno.ENOSYS),
    ]  # fmt: skip
    for absent in _ABSENT.values():
        code += _when(absent[column], [_fail(errno.ENOSYS)])
    for refused in _REFUSED.values():
        code += _when(refused[column], [_fail(errno.EPERM)])
    code += _when(_CLONE[column], _unless_bit(_argument(0), _CLONE_THREAD))
    for numbers, flags in _OPENINGS.values():
        code += _when(numbers[column], _if_bit(_argument(flags), _WRITING))
    for own, zero_is_own in _OWN_ONLY.values():
        code += _when(own[column], _unless_equal(_argument(0), [pid, *([0] if zero_is_own else [])]))
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def _when(number: int | None, then: Code) -> Code:
    """``then`` for the call ``number``, whose every path must return."""
    return [] if number is None else [(_EQUAL, 0, len(then), number), *then]


def _argument(index: int) -> tuple[int, int, int, int]:
    return _LOAD, 0, 0, _ARGUMENTS + 8 * index


def _fail(number: int) -> tuple[int, int, int, int]:
    return _RETURN, 0, 0, _FAIL | number


def _unless_bit(load: tuple[int, int, int, int], bits: int) -> Code:
    return [load, (_ANY_BIT, 1, 0, bits), _fail(errno.EPERM), (_RETURN, 0, 0, _ALLOW)]


def _if_bit(load: tuple[int, int, int, int], bits: int) -> Code:
    return [load, (_ANY_BIT, 0, 1, bits), _fail(errno.EACCES), (_RETURN, 0, 0, _ALLOW)]


def _unless_equal(load: tuple[int, int, int, int], values: Sequence[int]) -> Code:
    tests = [(_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [load, *tests, _fail(errno.EPERM), (_RETURN, 0, 0, _ALLOW)]
