/**
 * What is timed, one entry per measure. `of`: the kinds of subjects that support it. `once` takes one sample. With `standing`, a container
 * of that id runs meanwhile. `needs`: a controller of cgroup v2. `without`: the names of subjects that cannot do it. `pause`: milliseconds
 * to wait before each sample.
 */
const everyone = ['floor', 'library', 'command'];
const runtimes = ['library', 'command'];

const sum = (...samples) => ({
  ns: samples.reduce((total, { ns }) => total + ns, 0),
  rss: Math.max(...samples.map(({ rss }) => rss)) || undefined,
});

export const measures = {
  run: {
    title: 'run /bin/true, default bundle',
    of: everyone,
    once: (subject, { bundles, id }) => subject.run(bundles.default.true, id),
  },
  launch: {
    title: 'create + start until /bin/true runs, default bundle (floor: until it has ended)',
    of: ['floor', 'library', 'warm'],
    once: (subject, { bundles, id }) => (subject.kind === 'floor' ? subject.run() : subject.launch(bundles.default.true, id)),
  },
  'launch-engine': {
    title: 'create + start until /bin/true runs, engine bundle',
    of: ['library', 'warm'],
    share: 0.5,
    once: (subject, { bundles, id }) => subject.launch(bundles.engine.true, id),
  },
  'run-engine': {
    title: 'run /bin/true, engine bundle',
    of: runtimes,
    once: (subject, { bundles, id }) => subject.run(bundles.engine.true, id),
  },
  cold: {
    title: 'run /bin/true, default bundle, one every 50 ms',
    of: everyone,
    pause: 50,
    share: 0.5,
    once: (subject, { bundles, id }) => subject.run(bundles.default.true, id),
  },
  lifecycle: {
    title: 'create + start + delete --force of a running process',
    of: runtimes,
    share: 0.5,
    async once(subject, { bundles, id }) {
      const created = await subject.create(bundles.default.sleep, id);
      const started = await subject.start(id);
      return sum(created, started, await subject.delete(id, { force: true }));
    },
  },
  'lifecycle-ended': {
    title: 'create + start, (the process ends), delete',
    of: runtimes,
    share: 0.5,
    async once(subject, { bundles, id }) {
      const created = await subject.create(bundles.default.true, id);
      const started = await subject.start(id);
      await subject.reap(id);
      return sum(created, started, await subject.delete(id));
    },
  },
  exec: {
    title: 'exec /bin/true in a running container',
    of: runtimes,
    standing: true,
    once: (subject, { id }) => subject.exec(id),
  },
  state: {
    title: 'state of a running container',
    of: runtimes,
    standing: true,
    once: (subject, { id }) => subject.state(id),
  },
  kill: {
    title: 'kill with a signal that is ignored',
    of: runtimes,
    standing: true,
    once: (subject, { id }) => subject.kill(id),
  },
  update: {
    title: 'update --pids-limit of a running container',
    of: runtimes,
    standing: true,
    needs: 'pids',
    once: (subject, { id }) => subject.update(id),
  },
  stats: {
    title: 'events --stats of a running container',
    of: runtimes,
    // crun has no events.
    without: /^crun/,
    standing: true,
    // Without it runc fails.
    needs: 'pids',
    once: (subject, { id }) => subject.stats(id),
  },
  list: {
    title: 'list of 10 running containers',
    of: runtimes,
    standing: 10,
    once: (subject) => subject.list(),
  },
};
