import { Segments } from '../../ui/segments.tsx'
import { type Metric, metrics } from './wall-metric.ts'
import css from './wall-view.module.css'

/** What the colours of the wall tell of, and what each of them means. */
export function WallLegend({ metric, onMetric }: { metric: Metric; onMetric(metric: Metric): void }) {
  const { from, to } = metrics[metric]
  return (
    <div className={css.legend}>
      <Segments
        label="Colour by"
        value={metric}
        onChange={onMetric}
        data={(Object.keys(metrics) as Metric[]).map((value) => ({ value, label: metrics[value].word }))}
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
