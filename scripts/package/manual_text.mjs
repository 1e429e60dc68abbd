/** The parts of the manual pages that are not in the option tables. */

export const environment = [
  [
    'NOTIFY_SOCKET',
    'The socket of a service manager, as in sd_notify(3). The container gets one of its own, and its messages are passed on.',
  ],
  [
    'TSRUN_ALLOW_ANNOTATIONS',
    'Names of annotations that are honoured, as with the option allow-annotation, separated by spaces or commas.',
  ],
  ['XDG_RUNTIME_DIR', 'For a user other than root, the directory in which the default of the option root lies.'],
];

export const files = [
  ['/run/tsrun', 'State of the containers of root.'],
  ['$XDG_RUNTIME_DIR/tsrun', 'State of the containers of another user.'],
];

const failure = 'Failure. One record on standard error, or in the log, says what failed and what to do about it.';

export const exitStatus = [
  ['0', 'Success.'],
  ['1', failure],
  ['3', 'Unknown verb.'],
];

const ofTheProcess = [
  ['status', 'With which the process exited.'],
  ['128+N', 'Signal N killed the process.'],
];

export const verbExitStatus = {
  check: [
    ['0', 'There is no error, though there may be warnings.'],
    ['1', 'There is an error.'],
  ],
  exec: [...ofTheProcess, ['255', 'The process could not be executed.']],
  run: [...ofTheProcess, ['1', failure]],
};

/** Each with its section. */
export const seeAlso = [
  ['crun', 1],
  ['podman', 1],
  ['cgroups', 7],
  ['namespaces', 7],
  ['runc', 8],
];
