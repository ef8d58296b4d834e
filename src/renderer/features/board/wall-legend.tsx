import { SegmentedControl } from '@mantine/core'
import { type Metric, metrics } from './wall-metric.ts'
import css from './wall-view.module.css'

/** What the colours of the wall tell of, and what each of them means. */
export function WallLegend({ metric, onMetric }: { metric: Metric; onMetric(metric: Metric): void }) {
  const { from, to } = metrics[metric]
  return (
    <div className={css.legend}>
      <SegmentedControl
        aria-label="Colour by"
        value={metric}
        onChange={(chosen) => onMetric(chosen as Metric)}
        data={Object.entries(metrics).map(([value, { word }]) => ({ value, label: word }))}
      />
      <span className={css.from}>{from}</span>
      <span className={css.ramp} aria-hidden>
        {[0, 1, 2, 3, 4, 5, 6].map((step) => (
          <i key={step} style={{ background: `var(--use-${step})` }} />
        ))}
      </span>
      <span>{to}</span>
      <i className={css.unknown} aria-hidden />
      <span>not known now</span>
      <i className={css.failed} aria-hidden />
      <span>should answer and does not</span>
    </div>
  )
}
