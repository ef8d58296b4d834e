import * as z from 'zod'

/** Something that can be had at a place, with its price and whether it can be had now. */
export const offer = z.object({
  id: z.string(),
  placeId: z.string(),
  /** "This machine", later "p5.48xlarge". */
  title: z.string(),
  where: z.string(),
  cores: z.number().nullable(),
  memory_MiB: z.number().nullable(),
  gpuCount: z.number().int(),
  gpuName: z.string().nullable(),
  gpuMemory_MiB: z.number().nullable(),
  /** The machine that it is, where it is one that is there already. */
  machineId: z.string().nullable(),
  /** Its GPUs by UUID, and the cluster that holds each; null: it is free. Empty where it has none, or is none yet. */
  gpus: z.array(z.object({ uuid: z.string(), heldBy: z.string().nullable() })),
  /** The clusters that live on it already, by id: they would share it. */
  heldBy: z.array(z.string()),
  /** Null: it costs nothing through Styx (the user's own machine). */
  price_USDperHour: z.number().nullable(),
  available: z.discriminatedUnion('is', [z.object({ is: z.literal('yes') }), z.object({ is: z.literal('no'), why: z.string() })]),
})
export type Offer = z.infer<typeof offer>

/** How many of its GPUs no cluster holds. */
export const freeGpus = ({ machineId, gpus, gpuCount }: Pick<Offer, 'machineId' | 'gpus' | 'gpuCount'>): number =>
  machineId === null ? gpuCount : gpus.filter(({ heldBy }) => heldBy === null).length
