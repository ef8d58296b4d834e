import { expect, test } from 'vitest'
import { matchesGpu } from './gpu-name.ts'

test.each([
  ['H100', 'NVIDIA H100 80GB HBM3', true],
  ['A100', 'NVIDIA A100-SXM4-40GB', true],
  ['A100-80GB', 'NVIDIA A100-SXM4-80GB', true],
  ['A100-80GB-SXM', 'NVIDIA A100-SXM4-80GB', true],
  ['A100-80GB', 'NVIDIA A100-SXM4-40GB', false],
  ['V100', 'Tesla V100-SXM2-16GB', true],
  ['V100-32GB', 'Tesla V100-SXM2-16GB', false],
  ['RTX4090', 'NVIDIA GeForce RTX 4090', true],
  ['RTX6000-Ada', 'NVIDIA RTX 6000 Ada Generation', true],
  ['RTXA6000', 'NVIDIA RTX A6000', true],
  ['L4', 'NVIDIA L4', true],
  ['L4', 'NVIDIA L40S', false],
  ['L40', 'NVIDIA L40S', false],
  ['T4', 'Tesla T4', true],
  ['A10', 'NVIDIA A10G', false],
  ['h100', 'NVIDIA H100 PCIe', true],
  ['H100', 'NVIDIA H200', false],
])('%s and %s: %s', (asked, gpu, fits) => expect(matchesGpu(asked, gpu)).toBe(fits))
