import { defineHardships } from './hardships.ts';
import { defineStrangers } from './strangers.ts';
import { defineMainJob, wayNames } from './suite.ts';

for (const way of wayNames) defineMainJob({ sender: 'packaged', receiver: 'packaged' }, way);
defineHardships({ sender: 'packaged', receiver: 'packaged' });
defineStrangers({ sender: 'packaged', receiver: 'packaged' });
