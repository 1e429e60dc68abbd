import { cgroupModes, networkLocks, type CheckpointOptions, type CriuSettings } from '../../container/checkpoint/options.js';
import { flag, integer, listOf, nameOf, objectOf, required, text, type Shape } from '../../spec/shapes/shape.js';
import { id } from '../../spec/shapes/integers.js';
import type { ExecRequest } from '../container/exec_process.js';
import type {
  CheckpointContainer,
  CheckRequest,
  CreateRequest,
  DeleteContainer,
  EventsRequest,
  PlanRequest,
  PrewarmRequest,
  PruneContainers,
  RestoreRequest,
  RuntimeOptions,
  SignalTarget,
  SpecRequest,
} from '../requests.js';

/** What is left of a request without its streams and its signal, which are not data. */
type Data<T> = Omit<T, 'stdio' | 'terminal' | 'signal' | 'preserveFds' | 'listenFds' | 'logs' | 'config'>;

const bundleFields = { configFile: text, overlay: text, layers: listOf(text) };

export const runtimeShape = objectOf<Omit<RuntimeOptions, 'onWarning'>>({
  root: text,
  allowAnnotations: listOf(text),
  systemdCgroup: flag,
  killOnExit: flag,
});

export const createShape = objectOf<Omit<Data<CreateRequest>, 'id'>>({
  bundle: text,
  ...bundleFields,
  consoleSocket: text,
  noPivot: flag,
  noNewKeyring: flag,
});

const criuFields = {
  imagePath: required(text),
  workPath: text,
  tcpEstablished: flag,
  extUnixSk: flag,
  shellJob: flag,
  fileLocks: flag,
  manageCgroupsMode: nameOf<NonNullable<CriuSettings['manageCgroupsMode']>>(cgroupModes),
  emptyNetwork: flag,
  autoDedup: flag,
  lazyPages: flag,
  networkLock: nameOf<NonNullable<CriuSettings['networkLock']>>(networkLocks),
};

export const checkpointShape = objectOf<Data<CheckpointContainer>>({
  ...criuFields,
  parentPath: text,
  leaveRunning: flag,
  preDump: flag,
  tcpSkipInFlight: flag,
  linkRemap: flag,
  pageServer: objectOf<NonNullable<CheckpointOptions['pageServer']>>({ address: required(text), port: required(integer(1, 65_535)) }),
  statusFd: integer(0, 2 ** 31 - 1),
});

export const restoreShape = objectOf<Omit<Data<RestoreRequest>, 'id'>>({
  ...criuFields,
  bundle: text,
  configFile: text,
  overlay: text,
  consoleSocket: text,
  tcpClose: flag,
  lsmProfile: text,
  lsmMountContext: text,
});

export const prewarmShape = objectOf<Omit<Data<PrewarmRequest>, 'count' | 'max'>>({ bundle: text, ...bundleFields });

export const checkShape = objectOf<Omit<CheckRequest, 'config'>>({ bundle: text, configFile: text, layers: listOf(text), overlay: text });

export const planShape = objectOf<Omit<PlanRequest, 'config'>>({ bundle: text, ...bundleFields, noPivot: flag, noNewKeyring: flag });

export const specShape = objectOf<SpecRequest>({ rootless: flag });

export const pruneShape = objectOf<Data<PruneContainers>>({ stopped: flag });

export const deleteShape = objectOf<Data<DeleteContainer>>({ force: flag });

export const killShape = objectOf<Data<SignalTarget>>({ all: flag });

export const eventsShape = objectOf<Data<EventsRequest>>({ interval: integer(1, 2 ** 31 - 1) });

export const execShape = objectOf<Data<ExecRequest>>({
  env: listOf(text),
  cwd: text,
  user: objectOf<NonNullable<ExecRequest['user']>>({ uid: required(id), gid: id }),
  additionalGids: listOf(id),
  capabilities: listOf(text),
  noNewPrivileges: flag,
  apparmorProfile: text,
  processLabel: text,
  cgroup: text,
  ignorePaused: flag,
});

export const argsShape: Shape<readonly string[]> = listOf(text);
