import { defineAccessControl } from './access-control.ts';
import { defineRobustness } from './robustness.ts';
import { defineMainJob, protocolNames } from './suite.ts';

for (const protocol of protocolNames) defineMainJob({ sender: 'packaged', receiver: 'packaged' }, protocol);
defineRobustness({ sender: 'packaged', receiver: 'packaged' });
defineAccessControl({ sender: 'packaged', receiver: 'packaged' });
