import { honouredAnnotation, type AnnotationSource } from '../../spec/annotations.js';
import { logOf } from './criu/failure.js';
import type { CriuOptions } from './criu/messages.js';
import type { ImageDirectories } from './image.js';
import { cgroupModes, networkLocks, type CriuSettings } from './options.js';

/** As in runc: errors, warnings, information and what CRIU does. */
const logLevel = 4;
const CLONE_NEWNET = 0x40000000;

/** runc's file, which engines and their users know. CRIU ignores it if it does not exist. */
const defaultConfiguration = '/etc/criu/runc.conf';

/** The options that a checkpoint and a restore have in common. */
export function commonOptions({ image, work, use }: ImageDirectories, settings: CriuSettings, annotations: AnnotationSource): CriuOptions {
  const { manageCgroupsMode = 'soft', networkLock } = settings;
  const configuration = honouredAnnotation('org.criu.config', annotations) ?? defaultConfiguration;
  return {
    images_dir_fd: image,
    work_dir_fd: work,
    log_level: logLevel,
    log_file: logOf(use).name,
    notify_scripts: true,
    manage_cgroups: true,
    manage_cgroups_mode: cgroupModes[manageCgroupsMode],
    orphan_pts_master: true,
    tcp_established: settings.tcpEstablished === true,
    ext_unix_sk: settings.extUnixSk === true,
    shell_job: settings.shellJob === true,
    file_locks: settings.fileLocks === true,
    auto_dedup: settings.autoDedup === true,
    lazy_pages: settings.lazyPages === true,
    empty_ns: settings.emptyNetwork === true ? CLONE_NEWNET : 0,
    ...(networkLock === undefined ? {} : { network_lock: networkLocks[networkLock] }),
    ...(configuration === '' ? {} : { config_file: configuration }),
  };
}
