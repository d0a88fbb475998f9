"""Writes the reference tables of late entry for tests/survival.rs with lifelines and statsmodels."""

import csv
import warnings

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.datasets import load_multicenter_aids_cohort_study
from lifelines.utils import median_survival_times, restricted_mean_survival_time
from statsmodels.duration.survfunc import survdiff

warnings.simplefilter("ignore")


def table(name, header, rows):
    with open(name, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header.split())
        out.writerows([["" if isinstance(v, float) and not np.isfinite(v) else v for v in row] for row in rows])


# Men with AIDS: W years from the diagnosis to the begin of observation, T to death or the end of it.
# Two groups in turn, and weights of 1 to 3 customers.
men = load_multicenter_aids_cohort_study().reset_index(drop=True)
men["customers"] = 1 + men.index % 3
men["group"] = np.where(men.index % 2 == 0, "even", "odd")
men["churned"] = men["D"].astype(int)
# lifelines counts who enters at a time as at risk of the losses at it, R and statsmodels do not.
assert not set(men["W"]) & set(men.loc[men["D"] == 1, "T"])
table("late_entry.csv", "group entered time churned customers",
      men[["group", "W", "T", "churned", "customers"]].values.tolist())

one_by_one = men.loc[men.index.repeat(men["customers"])]
curves, lifetimes = [], []
for group in ["all", "even", "odd"]:
    rows = one_by_one if group == "all" else one_by_one[one_by_one["group"] == group]
    for level in [0.95, 0.8]:
        fit = KaplanMeierFitter(alpha=1 - level).fit(rows["T"], rows["D"], entry=rows["W"])
        survival = fit.survival_function_.iloc[:, 0]
        low, high = (fit.confidence_interval_.iloc[:, i] for i in (0, 1))
        std_error = survival * np.sqrt(fit._cumulative_sq_)
        for time, events in fit.event_table.iterrows():
            if events["removed"] > 0:
                # Who enters at the time is not at risk yet.
                at_risk = events["at_risk"] - events["entrance"]
                left = survival[time] == 0
                spread = [float("nan")] * 3 if left else [float(s[time]) for s in (std_error, low, high)]
                curves.append([group, level, float(time), int(at_risk), int(events["observed"]), int(events["censored"]),
                               float(survival[time]), *spread])
        limits = median_survival_times(fit.confidence_interval_)
        mean = restricted_mean_survival_time(fit, t=5.0)
        lifetimes.append([group, level, float(fit.median_survival_time_),
                          float(limits.iloc[0, 0]), float(limits.iloc[0, 1]), 5.0, float(mean)])
table("late_entry_kaplan_meier.csv", "group level time at_risk churned censored survival std_error ci_low ci_high", curves)
table("late_entry_lifetimes.csv", "group level median ci_low ci_high horizon restricted_mean", lifetimes)

chi_square, p_value = survdiff(one_by_one["T"].values, one_by_one["D"].values, one_by_one["group"].values,
                               entry=one_by_one["W"].values)
table("late_entry_log_rank.csv", "chi_square degrees_of_freedom p_value", [[float(chi_square), 1, float(p_value)]])
