import { describe } from 'node:test';
import { defineJoining } from './joining.ts';

describe('joining, from source', () => defineJoining('node'));
describe('joining, packaged', () => defineJoining('packaged'));
