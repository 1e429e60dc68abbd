// The numbers of the protocol, written by hand: if one changes, or is swapped with another, this does not compile. A newer tsrun uses them
// to read reports of a tsrun-init that an older tsrun started.
#include "../../plan_format.h"

namespace tsrun::plan {
namespace {

template <typename T>
constexpr uint32_t number(T value) {
  return static_cast<uint32_t>(value);
}

static_assert(kMagic == 0x4e414c50 && kVersion == 1);
static_assert(kHeaderSize == 16 && kRecordSize == 104);
static_assert(kNumbersOffset == 8 && kMostNumbers == 8 && kTextsOffset == 72 && kMostTexts == 4);

static_assert(number(MountOption::kBind) == 1);
static_assert(number(MountOption::kRecursive) == 2);
static_assert(number(MountOption::kCopyUp) == 4);
static_assert(number(MountOption::kSourceNoFollow) == 8);
static_assert(number(MountOption::kDestinationNoFollow) == 16);
static_assert(number(MountOption::kCopySymlink) == 32);
static_assert(number(MountOption::kNoSymlinks) == 64);
static_assert(number(MountOption::kFromHost) == 128);
static_assert(number(MountOption::kRemount) == 256);
static_assert(number(MountOption::kIntoProcfs) == 512);
static_assert(number(MountOption::kLabelRoot) == 1024);

static_assert(number(SyncPoint::kIdMaps) == 1);
static_assert(number(SyncPoint::kNamespaces) == 2);
static_assert(number(SyncPoint::kHooks) == 3);
static_assert(number(SyncPoint::kSeccompListener) == 4);
static_assert(number(SyncPoint::kMountSource) == 5);
static_assert(number(SyncPoint::kIdMapsOfUser) == 6);

static_assert(number(MessageType::kClosed) == 0);
static_assert(number(MessageType::kSync) == 1);
static_assert(number(MessageType::kFailure) == 2);
static_assert(number(MessageType::kRespawned) == 3);
static_assert(number(MessageType::kReady) == 4);
static_assert(number(MessageType::kHookFailed) == 5);
static_assert(number(MessageType::kGoing) == 6);

static_assert(number(Step::kNone) == 0);
static_assert(number(Step::kResolve) == 1);
static_assert(number(Step::kCreate) == 2);
static_assert(number(Step::kSource) == 3);
static_assert(number(Step::kContext) == 4);
static_assert(number(Step::kOption) == 5);
static_assert(number(Step::kSuperblock) == 6);
static_assert(number(Step::kDetached) == 7);
static_assert(number(Step::kAttributes) == 8);
static_assert(number(Step::kAttach) == 9);
static_assert(number(Step::kPropagate) == 10);
static_assert(number(Step::kVerify) == 11);
static_assert(number(Step::kOpen) == 12);
static_assert(number(Step::kWrite) == 13);
static_assert(number(Step::kOwner) == 14);
static_assert(number(Step::kMode) == 15);
static_assert(number(Step::kPivot) == 16);
static_assert(number(Step::kDetachOld) == 17);
static_assert(number(Step::kChangeDirectory) == 18);
static_assert(number(Step::kOutside) == 19);
static_assert(number(Step::kNotFound) == 20);
static_assert(number(Step::kInterpreter) == 21);
static_assert(number(Step::kNotExecutable) == 22);
static_assert(number(Step::kIsDirectory) == 23);
static_assert(number(Step::kExec) == 24);
static_assert(number(Step::kGroups) == 25);
static_assert(number(Step::kGid) == 26);
static_assert(number(Step::kUid) == 27);
static_assert(number(Step::kBounding) == 28);
static_assert(number(Step::kCapset) == 29);
static_assert(number(Step::kAmbient) == 30);
static_assert(number(Step::kSetns) == 31);
static_assert(number(Step::kUnshare) == 32);
static_assert(number(Step::kClone) == 33);
static_assert(number(Step::kSocket) == 34);
static_assert(number(Step::kIoctl) == 35);
static_assert(number(Step::kSend) == 36);
static_assert(number(Step::kSpawn) == 37);
static_assert(number(Step::kTimeout) == 38);
static_assert(number(Step::kStatus) == 39);
static_assert(number(Step::kCopy) == 40);
static_assert(number(Step::kSymlinkInPath) == 41);
static_assert(number(Step::kGaveUp) == 42);
static_assert(number(Step::kPlan) == 43);
static_assert(number(Step::kNoexec) == 44);
static_assert(number(Step::kLabel) == 45);
static_assert(number(Step::kOverRoot) == 46);

}  // namespace
}  // namespace tsrun::plan
