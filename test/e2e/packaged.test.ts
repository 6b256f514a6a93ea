import { defineHardships } from './hardships.ts';
import { defineStrangers } from './strangers.ts';
import { defineMainJob, protocolNames } from './suite.ts';

for (const way of protocolNames) defineMainJob({ sender: 'packaged', receiver: 'packaged' }, way);
defineHardships({ sender: 'packaged', receiver: 'packaged' });
defineStrangers({ sender: 'packaged', receiver: 'packaged' });
