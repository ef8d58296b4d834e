import * as z from 'zod'
import { gpuWish } from '../../../shared/pool.ts'

/** What a launch on this machine is asked for: how many of its GPUs; all that are free where it does not say. */
export const localSpec = z.strictObject({ gpus: gpuWish.optional() })
