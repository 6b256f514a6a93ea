import { defineHardships } from './hardships.ts';
import { defineStrangers } from './strangers.ts';
import { defineMainJob, wayNames } from './suite.ts';

for (const way of wayNames) defineMainJob({ sender: 'node', receiver: 'node' }, way);
defineHardships({ sender: 'node', receiver: 'node' });
defineStrangers({ sender: 'node', receiver: 'node' });
