import { expect, test } from 'vitest';
import { failuresOfCleaning, interruptionsOfCleaning } from '../../machine/failure/points.js';
import { scenarios } from './scenarios.js';

const making = scenarios.filter(({ leaves, name }) => leaves === 'nothing' || name === 'exec').map((one) => [one.name, one] as const);

test.each(making)(
  '%s: if cleaning up fails, too, the first error is reported, the rest is removed, and delete --force can remove everything',
  async (_, scenario) => {
    expect(await failuresOfCleaning(scenario)).toEqual([]);
  },
);

test.each(making.filter(([, { interruptible }]) => interruptible === true))(
  '%s: a signal while a failure is cleaned up changes nothing: the first error is reported, and as much is removed',
  async (_, scenario) => {
    const { waits, complaints } = await interruptionsOfCleaning(scenario);
    expect(waits).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  },
);
