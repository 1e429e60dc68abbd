import { expect, test } from 'vitest';
import { failuresOfCleaning } from '../../machine/failure_points.js';
import { scenarios } from './scenarios.js';

const making = scenarios.filter(({ leaves, name }) => leaves === 'nothing' || name === 'exec');

test.each(making.map((scenario) => [scenario.name, scenario] as const))(
  '%s: if cleaning up fails, too, the first error is reported, the rest is removed, and delete --force can remove everything',
  async (_, scenario) => {
    expect(await failuresOfCleaning(scenario)).toEqual([]);
  },
);
