// Compares the kernel's numbers in src/ with the kernel's headers.
#include "protocol/kernel_constants.h"

#include <asm/resource.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/sched.h>

namespace tsrun {
namespace {

static_assert(typescript::kNamespaceCgroup == CLONE_NEWCGROUP);
static_assert(typescript::kNamespaceIpc == CLONE_NEWIPC);
static_assert(typescript::kNamespaceMount == CLONE_NEWNS);
static_assert(typescript::kNamespaceNetwork == CLONE_NEWNET);
static_assert(typescript::kNamespacePid == CLONE_NEWPID);
static_assert(typescript::kNamespaceTime == CLONE_NEWTIME);
static_assert(typescript::kNamespaceUser == CLONE_NEWUSER);
static_assert(typescript::kNamespaceUts == CLONE_NEWUTS);

static_assert(typescript::kAttributeReadonly == MOUNT_ATTR_RDONLY);
static_assert(typescript::kAttributeNosuid == MOUNT_ATTR_NOSUID);
static_assert(typescript::kAttributeNodev == MOUNT_ATTR_NODEV);
static_assert(typescript::kAttributeNoexec == MOUNT_ATTR_NOEXEC);
static_assert(typescript::kAttributeAccessTime == MOUNT_ATTR__ATIME);
static_assert(typescript::kAttributeNoatime == MOUNT_ATTR_NOATIME);
static_assert(typescript::kAttributeStrictatime == MOUNT_ATTR_STRICTATIME);
static_assert(typescript::kAttributeNodiratime == MOUNT_ATTR_NODIRATIME);
static_assert(typescript::kAttributeNosymfollow == MOUNT_ATTR_NOSYMFOLLOW);

static_assert(typescript::kSuperblockReadonly == MS_RDONLY);
static_assert(typescript::kSuperblockSynchronous == MS_SYNCHRONOUS);
static_assert(typescript::kSuperblockMandatoryLocks == MS_MANDLOCK);
static_assert(typescript::kSuperblockDirsync == MS_DIRSYNC);
static_assert(typescript::kSuperblockSilent == MS_SILENT);
static_assert(typescript::kSuperblockIversion == MS_I_VERSION);
static_assert(typescript::kSuperblockLazytime == MS_LAZYTIME);

static_assert(typescript::kPropagationRecursive == MS_REC);
static_assert(typescript::kPropagationUnbindable == MS_UNBINDABLE);
static_assert(typescript::kPropagationPrivate == MS_PRIVATE);
static_assert(typescript::kPropagationSlave == MS_SLAVE);
static_assert(typescript::kPropagationShared == MS_SHARED);

static_assert(typescript::kCAP_CHOWN == CAP_CHOWN);
static_assert(typescript::kCAP_DAC_OVERRIDE == CAP_DAC_OVERRIDE);
static_assert(typescript::kCAP_DAC_READ_SEARCH == CAP_DAC_READ_SEARCH);
static_assert(typescript::kCAP_FOWNER == CAP_FOWNER);
static_assert(typescript::kCAP_FSETID == CAP_FSETID);
static_assert(typescript::kCAP_KILL == CAP_KILL);
static_assert(typescript::kCAP_SETGID == CAP_SETGID);
static_assert(typescript::kCAP_SETUID == CAP_SETUID);
static_assert(typescript::kCAP_SETPCAP == CAP_SETPCAP);
static_assert(typescript::kCAP_LINUX_IMMUTABLE == CAP_LINUX_IMMUTABLE);
static_assert(typescript::kCAP_NET_BIND_SERVICE == CAP_NET_BIND_SERVICE);
static_assert(typescript::kCAP_NET_BROADCAST == CAP_NET_BROADCAST);
static_assert(typescript::kCAP_NET_ADMIN == CAP_NET_ADMIN);
static_assert(typescript::kCAP_NET_RAW == CAP_NET_RAW);
static_assert(typescript::kCAP_IPC_LOCK == CAP_IPC_LOCK);
static_assert(typescript::kCAP_IPC_OWNER == CAP_IPC_OWNER);
static_assert(typescript::kCAP_SYS_MODULE == CAP_SYS_MODULE);
static_assert(typescript::kCAP_SYS_RAWIO == CAP_SYS_RAWIO);
static_assert(typescript::kCAP_SYS_CHROOT == CAP_SYS_CHROOT);
static_assert(typescript::kCAP_SYS_PTRACE == CAP_SYS_PTRACE);
static_assert(typescript::kCAP_SYS_PACCT == CAP_SYS_PACCT);
static_assert(typescript::kCAP_SYS_ADMIN == CAP_SYS_ADMIN);
static_assert(typescript::kCAP_SYS_BOOT == CAP_SYS_BOOT);
static_assert(typescript::kCAP_SYS_NICE == CAP_SYS_NICE);
static_assert(typescript::kCAP_SYS_RESOURCE == CAP_SYS_RESOURCE);
static_assert(typescript::kCAP_SYS_TIME == CAP_SYS_TIME);
static_assert(typescript::kCAP_SYS_TTY_CONFIG == CAP_SYS_TTY_CONFIG);
static_assert(typescript::kCAP_MKNOD == CAP_MKNOD);
static_assert(typescript::kCAP_LEASE == CAP_LEASE);
static_assert(typescript::kCAP_AUDIT_WRITE == CAP_AUDIT_WRITE);
static_assert(typescript::kCAP_AUDIT_CONTROL == CAP_AUDIT_CONTROL);
static_assert(typescript::kCAP_SETFCAP == CAP_SETFCAP);
static_assert(typescript::kCAP_MAC_OVERRIDE == CAP_MAC_OVERRIDE);
static_assert(typescript::kCAP_MAC_ADMIN == CAP_MAC_ADMIN);
static_assert(typescript::kCAP_SYSLOG == CAP_SYSLOG);
static_assert(typescript::kCAP_WAKE_ALARM == CAP_WAKE_ALARM);
static_assert(typescript::kCAP_BLOCK_SUSPEND == CAP_BLOCK_SUSPEND);
static_assert(typescript::kCAP_AUDIT_READ == CAP_AUDIT_READ);
static_assert(typescript::kCAP_PERFMON == CAP_PERFMON);
static_assert(typescript::kCAP_BPF == CAP_BPF);
static_assert(typescript::kCAP_CHECKPOINT_RESTORE == CAP_CHECKPOINT_RESTORE);

static_assert(typescript::kRLIMIT_CPU == RLIMIT_CPU);
static_assert(typescript::kRLIMIT_FSIZE == RLIMIT_FSIZE);
static_assert(typescript::kRLIMIT_DATA == RLIMIT_DATA);
static_assert(typescript::kRLIMIT_STACK == RLIMIT_STACK);
static_assert(typescript::kRLIMIT_CORE == RLIMIT_CORE);
static_assert(typescript::kRLIMIT_RSS == RLIMIT_RSS);
static_assert(typescript::kRLIMIT_NPROC == RLIMIT_NPROC);
static_assert(typescript::kRLIMIT_NOFILE == RLIMIT_NOFILE);
static_assert(typescript::kRLIMIT_MEMLOCK == RLIMIT_MEMLOCK);
static_assert(typescript::kRLIMIT_AS == RLIMIT_AS);
static_assert(typescript::kRLIMIT_LOCKS == RLIMIT_LOCKS);
static_assert(typescript::kRLIMIT_SIGPENDING == RLIMIT_SIGPENDING);
static_assert(typescript::kRLIMIT_MSGQUEUE == RLIMIT_MSGQUEUE);
static_assert(typescript::kRLIMIT_NICE == RLIMIT_NICE);
static_assert(typescript::kRLIMIT_RTPRIO == RLIMIT_RTPRIO);
static_assert(typescript::kRLIMIT_RTTIME == RLIMIT_RTTIME);

}  // namespace
}  // namespace tsrun
