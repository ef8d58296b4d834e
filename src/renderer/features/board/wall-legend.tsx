import css from './wall-view.module.css'

/** What the colours of the wall mean. */
export function WallLegend() {
  return (
    <p className={css.legend}>
      <span>0</span>
      <span className={css.ramp} aria-hidden>
        {[0, 1, 2, 3, 4, 5, 6].map((step) => (
          <i key={step} style={{ background: `var(--use-${step})` }} />
        ))}
      </span>
      <span>100 % used</span>
      <i className={css.unknown} aria-hidden />
      <span>not known now</span>
      <i className={css.failed} aria-hidden />
      <span>should answer and does not</span>
    </p>
  )
}
