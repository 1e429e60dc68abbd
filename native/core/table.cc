// The table behind src/sys/contract.ts: names, parameters, functions. In constant memory, in the contract's order.
#include <cerrno>

#include "files/entries.h"
#include "functions.h"

namespace tsrun {
namespace {

constexpr bool kNeeded = false;
constexpr bool kOptional = true;

// Lists of parameters. A function takes them by position, in this order.
constexpr Parameter kPathOnly[] = {{"path", Kind::kPath, kNeeded}};
constexpr Parameter kFdOnly[] = {{"fd", Kind::kInteger, kNeeded}};
constexpr Parameter kSocketOnly[] = {{"socket", Kind::kInteger, kNeeded}};
constexpr Parameter kStdioOnly[] = {{"stdio", Kind::kIntegerList, kNeeded}};
constexpr Parameter kFdLimit[] = {{"fd", Kind::kInteger, kNeeded}, {"limit", Kind::kInteger, kNeeded}};
constexpr Parameter kPathMode[] = {{"path", Kind::kPath, kNeeded}, {"mode", Kind::kInteger, kNeeded}};

constexpr Parameter kOpen[] = {{"path", Kind::kPath, kNeeded},
                               {"flags", Kind::kInteger, kNeeded},
                               {"mode", Kind::kInteger, kOptional},
                               {"directory", Kind::kInteger, kOptional},
                               {"resolve", Kind::kInteger, kOptional}};
constexpr Parameter kReadText[] = {{"path", Kind::kPath, kNeeded},
                                   {"limit", Kind::kInteger, kNeeded},
                                   {"directory", Kind::kInteger, kOptional},
                                   {"regular", Kind::kBoolean, kOptional}};
constexpr Parameter kReadBytes[] = {{"path", Kind::kPath, kNeeded}, {"limit", Kind::kInteger, kNeeded}};
constexpr Parameter kWriteFile[] = {{"path", Kind::kPath, kNeeded},
                                    {"text", Kind::kText, kNeeded},
                                    {"flags", Kind::kInteger, kNeeded},
                                    {"mode", Kind::kInteger, kOptional},
                                    {"directory", Kind::kInteger, kOptional}};
constexpr Parameter kWriteText[] = {{"fd", Kind::kInteger, kNeeded}, {"text", Kind::kText, kNeeded}};
constexpr Parameter kWriteBytes[] = {{"fd", Kind::kInteger, kNeeded}, {"data", Kind::kBytes, kNeeded}};
constexpr Parameter kReplaceFile[] = {{"path", Kind::kPath, kNeeded},
                                      {"text", Kind::kText, kNeeded},
                                      {"mode", Kind::kInteger, kNeeded},
                                      {"sync", Kind::kBoolean, kNeeded},
                                      {"directory", Kind::kInteger, kOptional}};
constexpr Parameter kReplaceBytes[] = {{"path", Kind::kPath, kNeeded},
                                       {"data", Kind::kBytes, kNeeded},
                                       {"mode", Kind::kInteger, kNeeded},
                                       {"sync", Kind::kBoolean, kNeeded},
                                       {"directory", Kind::kInteger, kOptional}};
constexpr Parameter kPathHeld[] = {{"path", Kind::kPath, kNeeded}, {"fd", Kind::kInteger, kOptional}};
constexpr Parameter kMemoryFile[] = {{"text", Kind::kText, kNeeded}};
constexpr Parameter kEncodeText[] = {{"text", Kind::kText, kNeeded}};
constexpr Parameter kDigest[] = {{"text", Kind::kText, kNeeded}};
constexpr Parameter kRename[] = {{"from", Kind::kPath, kNeeded}, {"to", Kind::kPath, kNeeded}};
constexpr Parameter kFromTo[] = {{"from", Kind::kInteger, kNeeded}, {"to", Kind::kInteger, kNeeded}};
constexpr Parameter kCopyChanges[] = {{"from", Kind::kInteger, kNeeded},
                                      {"lowers", Kind::kIntegerList, kNeeded},
                                      {"to", Kind::kInteger, kNeeded},
                                      {"userAttributes", Kind::kBoolean, kNeeded}};
constexpr Parameter kDetachedTmpfs[] = {{"source", Kind::kText, kNeeded}, {"mode", Kind::kText, kNeeded}};
constexpr Parameter kStatus[] = {{"path", Kind::kPath, kNeeded}, {"follow", Kind::kBoolean, kNeeded}, {"fd", Kind::kInteger, kOptional}};
constexpr Parameter kChown[] = {{"path", Kind::kPath, kNeeded}, {"uid", Kind::kId, kNeeded}, {"gid", Kind::kId, kNeeded}};

constexpr Parameter kHandedDown[] = {{"otherCgroups", Kind::kBoolean, kNeeded}};
constexpr Parameter kVariable[] = {{"name", Kind::kText, kNeeded}};
constexpr Parameter kRaiseLimit[] = {
    {"pid", Kind::kInteger, kNeeded}, {"resource", Kind::kInteger, kNeeded}, {"hard", Kind::kText, kNeeded}};
constexpr Parameter kOpenProcess[] = {{"pid", Kind::kInteger, kNeeded}};
constexpr Parameter kSignalProcess[] = {{"pidfd", Kind::kInteger, kNeeded}, {"signal", Kind::kInteger, kNeeded}};
constexpr Parameter kKill[] = {{"pid", Kind::kInteger, kNeeded}, {"signal", Kind::kInteger, kNeeded}};
constexpr Parameter kReap[] = {{"pidfd", Kind::kInteger, kNeeded}};
constexpr Parameter kRunProgram[] = {
    {"path", Kind::kPath, kNeeded},         {"args", Kind::kTextList, kNeeded},     {"environment", Kind::kTextList, kNeeded},
    {"directory", Kind::kPath, kNeeded},    {"stdin", Kind::kInteger, kNeeded},     {"stdout", Kind::kInteger, kNeeded},
    {"stderr", Kind::kInteger, kNeeded},    {"fds", Kind::kIntegerList, kOptional}, {"mounts", Kind::kTextList, kOptional},
    {"network", Kind::kInteger, kOptional}, {"group", Kind::kBoolean, kOptional}};

constexpr Parameter kSpawn[] = {{"cloneFlags", Kind::kInteger, kNeeded},  {"cgroup", Kind::kInteger, kNeeded},
                                {"sockets", Kind::kIntegerList, kNeeded}, {"fds", Kind::kIntegerList, kNeeded},
                                {"stdio", Kind::kIntegerList, kNeeded},   {"preserve", Kind::kInteger, kNeeded}};
constexpr Parameter kSpawnHere[] = {{"cloneFlags", Kind::kInteger, kNeeded},  {"cgroup", Kind::kInteger, kNeeded},
                                    {"sockets", Kind::kIntegerList, kNeeded}, {"fds", Kind::kIntegerList, kNeeded},
                                    {"stdio", Kind::kIntegerList, kNeeded},   {"preserve", Kind::kInteger, kNeeded},
                                    {"plan", Kind::kBytes, kNeeded}};
constexpr Parameter kSendPlan[] = {{"socket", Kind::kInteger, kNeeded},
                                   {"plan", Kind::kBytes, kNeeded},
                                   {"fds", Kind::kIntegerList, kOptional},
                                   {"stdio", Kind::kIntegerList, kOptional}};
constexpr Parameter kReceive[] = {{"socket", Kind::kInteger, kNeeded}, {"descriptor", Kind::kBoolean, kNeeded}};
constexpr Parameter kSocketPair[] = {{"credentials", Kind::kBoolean, kNeeded}, {"packets", Kind::kBoolean, kOptional}};
constexpr Parameter kReply[] = {
    {"socket", Kind::kInteger, kNeeded}, {"value", Kind::kInteger, kNeeded}, {"passing", Kind::kBoolean, kOptional}};
constexpr Parameter kConnectUnix[] = {
    {"path", Kind::kPath, kNeeded}, {"word", Kind::kInteger, kOptional}, {"atOnce", Kind::kBoolean, kOptional}};
constexpr Parameter kSupervise[] = {{"pidfd", Kind::kInteger, kNeeded},      {"master", Kind::kInteger, kNeeded},
                                    {"forward", Kind::kBoolean, kNeeded},    {"notices", Kind::kInteger, kOptional},
                                    {"notified", Kind::kInteger, kOptional}, {"notable", Kind::kTextList, kOptional}};
constexpr Parameter kLoadDeviceProgram[] = {{"program", Kind::kBytes, kNeeded}};
constexpr Parameter kAttachDeviceProgram[] = {
    {"cgroup", Kind::kInteger, kNeeded}, {"program", Kind::kInteger, kNeeded}, {"replace", Kind::kBoolean, kNeeded}};
constexpr Parameter kCloneMount[] = {{"pid", Kind::kInteger, kNeeded},
                                     {"pidfd", Kind::kInteger, kNeeded},
                                     {"path", Kind::kPath, kNeeded},
                                     {"recursive", Kind::kBoolean, kNeeded},
                                     {"follow", Kind::kBoolean, kNeeded}};
constexpr Parameter kIdmapMount[] = {
    {"mount", Kind::kInteger, kNeeded}, {"userNamespace", Kind::kInteger, kNeeded}, {"recursive", Kind::kBoolean, kNeeded}};
constexpr Parameter kMakeUserNamespace[] = {{"uidMap", Kind::kText, kNeeded}, {"gidMap", Kind::kText, kNeeded}};

constexpr Parameter kMakeAs[] = {{"directory", Kind::kInteger, kNeeded}, {"name", Kind::kPath, kNeeded},     {"kind", Kind::kText, kNeeded},
                                 {"target", Kind::kPath, kOptional},     {"uid", Kind::kId, kNeeded},        {"gid", Kind::kId, kNeeded},
                                 {"mode", Kind::kInteger, kOptional},    {"from", Kind::kInteger, kOptional}};

constexpr Parameter kDirectoryOnly[] = {{"directory", Kind::kInteger, kNeeded}};
constexpr Parameter kSetUserAttribute[] = {
    {"fd", Kind::kInteger, kNeeded}, {"name", Kind::kText, kNeeded}, {"value", Kind::kBytes, kNeeded}};
constexpr Parameter kUserAttribute[] = {{"path", Kind::kPath, kNeeded}, {"name", Kind::kPath, kNeeded}};
constexpr Parameter kSetAttribute[] = {
    {"path", Kind::kPath, kNeeded}, {"name", Kind::kPath, kNeeded}, {"value", Kind::kText, kNeeded}, {"fd", Kind::kInteger, kOptional}};
constexpr Parameter kRemoveAttribute[] = {{"fd", Kind::kInteger, kNeeded}, {"name", Kind::kPath, kNeeded}};
constexpr Parameter kAttribute[] = {{"path", Kind::kPath, kNeeded}, {"name", Kind::kPath, kNeeded}, {"fd", Kind::kInteger, kOptional}};

constexpr Parameter kMoveNetDevice[] = {
    {"name", Kind::kText, kNeeded}, {"newName", Kind::kText, kNeeded}, {"network", Kind::kInteger, kNeeded}};
constexpr Parameter kListenUnix[] = {
    {"path", Kind::kPath, kNeeded}, {"backlog", Kind::kInteger, kNeeded}, {"mode", Kind::kInteger, kOptional}};
constexpr Parameter kSendFd[] = {{"socket", Kind::kInteger, kNeeded}, {"fd", Kind::kInteger, kNeeded}, {"data", Kind::kText, kNeeded}};
constexpr Parameter kReceivePacket[] = {{"socket", Kind::kInteger, kNeeded}, {"limit", Kind::kInteger, kNeeded}};
constexpr Parameter kResizeTerminal[] = {
    {"fd", Kind::kInteger, kNeeded}, {"rows", Kind::kInteger, kNeeded}, {"columns", Kind::kInteger, kNeeded}};
constexpr Parameter kSendSome[] = {{"socket", Kind::kInteger, kNeeded}, {"data", Kind::kBytes, kNeeded}, {"from", Kind::kInteger, kNeeded}};
constexpr Parameter kSplice[] = {{"from", Kind::kInteger, kNeeded}, {"to", Kind::kInteger, kNeeded}, {"limit", Kind::kInteger, kNeeded}};
constexpr Parameter kMount[] = {{"type", Kind::kPath, kNeeded},  {"source", Kind::kPath, kNeeded}, {"target", Kind::kPath, kNeeded},
                                {"flags", Kind::kLong, kNeeded}, {"data", Kind::kPath, kNeeded},   {"directory", Kind::kPath, kOptional}};
constexpr Parameter kUnmount[] = {{"path", Kind::kPath, kNeeded}, {"detach", Kind::kBoolean, kNeeded}};
constexpr Parameter kCloneOwnMount[] = {{"path", Kind::kPath, kNeeded}, {"recursive", Kind::kBoolean, kNeeded}};
constexpr Parameter kAttachMount[] = {{"mount", Kind::kInteger, kNeeded}, {"target", Kind::kPath, kNeeded}};
constexpr Parameter kOverlayMapped[] = {{"layers", Kind::kTextList, kNeeded},
                                        {"userNamespace", Kind::kInteger, kNeeded},
                                        {"place", Kind::kPath, kNeeded},
                                        {"flags", Kind::kLong, kNeeded},
                                        {"data", Kind::kPath, kNeeded}};
constexpr Parameter kOpenSignals[] = {{"signals", Kind::kIntegerList, kNeeded}};
constexpr Parameter kKnowsSeccompFlags[] = {{"flags", Kind::kInteger, kNeeded}};
constexpr Parameter kCompileSeccomp[] = {{"profile", Kind::kBytes, kNeeded}};
constexpr Parameter kTakeFd[] = {{"pidfd", Kind::kInteger, kNeeded}, {"fd", Kind::kInteger, kNeeded}};

constexpr bool kAtOnce = false;
constexpr bool kBlocking = true;

constexpr Function kFunctions[] = {
    // files
    {"open", kAtOnce, kOpen, entries::open},
    {"close", kAtOnce, kFdOnly, entries::close},
    {"readText", kAtOnce, kReadText, entries::read_text},
    {"readFd", kAtOnce, kFdLimit, entries::read_fd},
    {"readBytes", kAtOnce, kReadBytes, entries::read_bytes},
    {"readSome", kAtOnce, kFdLimit, entries::read_some},
    {"writeFile", kAtOnce, kWriteFile, entries::write_file},
    {"writeText", kAtOnce, kWriteText, entries::write_text},
    {"writeBytes", kAtOnce, kWriteBytes, entries::write_bytes},
    {"memoryFile", kAtOnce, kMemoryFile, entries::memory_file},
    {"digest", kAtOnce, kDigest, entries::digest},
    {"replaceBytes", kAtOnce, kReplaceBytes, entries::replace_bytes},
    {"replaceFile", kAtOnce, kReplaceFile, entries::replace_file},
    {"makeDirectory", kAtOnce, kPathMode, entries::make_directory},
    {"removeDirectory", kAtOnce, kPathOnly, entries::remove_directory},
    {"unlink", kAtOnce, kPathOnly, entries::unlink},
    {"rename", kAtOnce, kRename, entries::rename},
    {"removeTree", kAtOnce, kPathHeld, entries::remove_tree},
    {"copyTree", kBlocking, kFromTo, entries::copy_tree},
    {"copyChanges", kBlocking, kCopyChanges, entries::copy_changes},
    {"listDirectory", kAtOnce, kPathOnly, entries::list_directory},
    {"status", kAtOnce, kStatus, entries::status},
    {"access", kAtOnce, kPathMode, entries::access},
    {"realPath", kAtOnce, kPathOnly, entries::real_path},
    {"readLink", kAtOnce, kPathOnly, entries::read_link},
    {"filesystemType", kAtOnce, kPathOnly, entries::filesystem_type},
    {"chown", kAtOnce, kChown, entries::chown},
    {"openOwnDirectory", kAtOnce, kPathOnly, entries::open_own_directory},
    {"takeDirectory", kAtOnce, kPathMode, entries::take_directory},
    {"lockDirectory", kAtOnce, kPathHeld, entries::lock_directory},
    {"unlockDirectory", kAtOnce, kFdOnly, entries::unlock_directory},
    {"hasChanged", kAtOnce, kFdOnly, entries::has_changed},
    // process and host
    {"ids", kAtOnce, {}, entries::ids},
    {"capabilities", kAtOnce, {}, entries::capabilities},
    {"encodeText", kAtOnce, kEncodeText, entries::encode_text},
    {"variable", kAtOnce, kVariable, entries::variable},
    {"uname", kAtOnce, {}, entries::uname},
    {"handedDown", kAtOnce, kHandedDown, entries::handed_down},
    {"workingDirectory", kAtOnce, {}, entries::working_directory},
    {"clock", kAtOnce, {}, entries::clock},
    {"cpuAffinity", kAtOnce, {}, entries::cpu_affinity},
    {"raiseLimit", kAtOnce, kRaiseLimit, entries::raise_limit},
    // other processes
    {"openProcess", kAtOnce, kOpenProcess, entries::open_process},
    {"signalProcess", kAtOnce, kSignalProcess, entries::signal_process},
    {"kill", kAtOnce, kKill, entries::kill},
    {"reap", kAtOnce, kReap, entries::reap},
    {"isChild", kAtOnce, kReap, entries::is_child},
    {"hasEnded", kAtOnce, kReap, entries::has_ended},
    {"hasHalted", kAtOnce, kReap, entries::has_halted},
    {"runProgram", kAtOnce, kRunProgram, entries::run_program},
    // containers
    {"spawn", kBlocking, kSpawn, entries::spawn},
    {"spawnHere", kAtOnce, kSpawnHere, entries::spawn_here},
    {"sendPlan", kAtOnce, kSendPlan, entries::send_plan},
    {"receive", kAtOnce, kReceive, entries::receive},
    {"reply", kAtOnce, kReply, entries::reply},
    {"hasUnread", kAtOnce, kSocketOnly, entries::has_unread},
    {"deferSignals", kAtOnce, {}, entries::defer_signals},
    {"deferredSignal", kAtOnce, {}, entries::deferred_signal},
    {"holdSignals", kAtOnce, {}, entries::hold_signals},
    {"supervise", kAtOnce, kSupervise, entries::supervise},
    {"loadDeviceProgram", kAtOnce, kLoadDeviceProgram, entries::load_device_program},
    {"attachDeviceProgram", kAtOnce, kAttachDeviceProgram, entries::attach_device_program},
    {"becomeSubreaper", kAtOnce, {}, entries::become_subreaper},
    {"resignSubreaper", kAtOnce, {}, entries::resign_subreaper},
    {"cloneMount", kAtOnce, kCloneMount, entries::clone_mount},
    {"detachedTmpfs", kAtOnce, kDetachedTmpfs, entries::detached_tmpfs},
    {"idmapMount", kAtOnce, kIdmapMount, entries::idmap_mount},
    {"makeUserNamespace", kAtOnce, kMakeUserNamespace, entries::make_user_namespace},
    {"makeAs", kAtOnce, kMakeAs, entries::make_as},
    {"moveNetDevice", kAtOnce, kMoveNetDevice, entries::move_net_device},
    // cgroups
    {"watchFile", kAtOnce, kPathOnly, entries::watch_file},
    {"cgroupProcesses", kAtOnce, kDirectoryOnly, entries::cgroup_processes},
    {"removeCgroupsBelow", kAtOnce, kDirectoryOnly, entries::remove_cgroups_below},
    {"userAttributeNames", kAtOnce, kPathOnly, entries::user_attribute_names},
    {"userAttribute", kAtOnce, kUserAttribute, entries::user_attribute},
    {"setUserAttribute", kAtOnce, kSetUserAttribute, entries::set_user_attribute},
    {"setAttribute", kAtOnce, kSetAttribute, entries::set_attribute},
    {"removeAttribute", kAtOnce, kRemoveAttribute, entries::remove_attribute},
    {"attribute", kAtOnce, kAttribute, entries::attribute},
    // sockets and terminals
    {"socketPair", kAtOnce, kSocketPair, entries::socket_pair},
    {"listenUnix", kAtOnce, kListenUnix, entries::listen_unix},
    {"connectUnix", kAtOnce, kConnectUnix, entries::connect_unix},
    {"isListening", kAtOnce, kPathOnly, entries::is_listening},
    {"endTcpRepair", kAtOnce, kSocketOnly, entries::end_tcp_repair},
    {"sendFd", kAtOnce, kSendFd, entries::send_fd},
    {"receiveFd", kAtOnce, kSocketOnly, entries::receive_fd},
    {"receivePacket", kAtOnce, kReceivePacket, entries::receive_packet},
    {"pipe", kAtOnce, {}, entries::pipe},
    {"checkStreams", kAtOnce, kStdioOnly, entries::check_streams},
    {"copyStream", kAtOnce, kFdOnly, entries::copy_stream},
    {"giveAway", kAtOnce, kFdOnly, entries::give_away},
    {"isInherited", kAtOnce, kFdOnly, entries::is_inherited},
    {"isTerminal", kAtOnce, kFdOnly, entries::is_terminal},
    {"terminalSize", kAtOnce, kFdOnly, entries::terminal_size},
    {"resizeTerminal", kAtOnce, kResizeTerminal, entries::resize_terminal},
    {"openTerminal", kAtOnce, kFdOnly, entries::open_terminal},
    {"bindDatagram", kAtOnce, kPathMode, entries::bind_datagram},
    {"connectDatagram", kAtOnce, kPathOnly, entries::connect_datagram},
    // for the event loop of the shim
    {"acceptUnix", kAtOnce, kSocketOnly, entries::accept_unix},
    {"sendSome", kAtOnce, kSendSome, entries::send_some},
    {"splice", kAtOnce, kSplice, entries::splice},
    {"setNonBlocking", kAtOnce, kFdOnly, entries::set_non_blocking},
    {"openSignals", kAtOnce, kOpenSignals, entries::open_signals},
    {"mount", kAtOnce, kMount, entries::mount},
    {"unmount", kAtOnce, kUnmount, entries::unmount},
    {"cloneOwnMount", kAtOnce, kCloneOwnMount, entries::clone_own_mount},
    {"attachMount", kAtOnce, kAttachMount, entries::attach_mount},
    {"overlayMapped", kAtOnce, kOverlayMapped, entries::overlay_mapped},
    // seccomp
    {"compileSeccomp", kAtOnce, kCompileSeccomp, entries::compile_seccomp},
    {"knowsSeccompFlags", kAtOnce, kKnowsSeccompFlags, entries::knows_seccomp_flags},
    {"takeFd", kAtOnce, kTakeFd, entries::take_fd},
};

}  // namespace

List<Function> functions() { return kFunctions; }

Outcome call(const Function& function, const Arguments& arguments) {
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    if (function.parameters[i].kind != Kind::kPath || !arguments.has(i)) continue;
    const std::string& path = arguments.text(i);
    if (path.find('\0') != std::string::npos) return Failure{EINVAL, function.name, path};
  }
  return function.body(arguments);
}

}  // namespace tsrun
