//! Customer success: scores over ratings, adoption, share of wallet, a health score.

use super::error::{ArgumentError, Result, finite, in_range, not_negative};

/// Answers to "how likely are you to recommend us", 0 to 10. Source: Reichheld 2003.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PromoterCount {
    /// Ratings 9 and 10.
    pub promoters: u64,
    /// Ratings 7 and 8.
    pub passives: u64,
    /// Ratings 0 to 6.
    pub detractors: u64,
}

impl PromoterCount {
    pub fn add(&mut self, rating: f64) -> Result<()> {
        let remedy = "Give a whole number from 0 to 10";
        match whole_rating(rating, 0.0, 10.0, remedy)? {
            rating if rating >= 9.0 => self.promoters += 1,
            rating if rating >= 7.0 => self.passives += 1,
            _ => self.detractors += 1,
        }
        Ok(())
    }

    /// Net promoter score: percent of promoters less percent of detractors, -100 to 100; `None`
    /// without answers.
    pub fn score(&self) -> Option<f64> {
        let answers = self.promoters + self.passives + self.detractors;
        let net = self.promoters as f64 - self.detractors as f64;
        (answers > 0).then(|| 100.0 * net / answers as f64)
    }
}

/// Answers to "how satisfied are you", 1 to 5, of which 4 and 5 are satisfied ("top two boxes").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SatisfactionCount {
    pub satisfied: u64,
    pub answers: u64,
}

impl SatisfactionCount {
    pub fn add(&mut self, rating: f64) -> Result<()> {
        let rating = whole_rating(rating, 1.0, 5.0, "Give a whole number from 1 to 5")?;
        self.satisfied += u64::from(rating >= 4.0);
        self.answers += 1;
        Ok(())
    }

    /// Customer satisfaction score: percent of satisfied answers; `None` without answers.
    pub fn score(&self) -> Option<f64> {
        (self.answers > 0).then(|| 100.0 * self.satisfied as f64 / self.answers as f64)
    }
}

/// Answers to "the company made it easy for me", 1 (not at all) to 7 (very). Source: Dixon,
/// Freeman and Toman 2010, in the form of 2013 (CES 2.0).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EffortCount {
    /// Sum of the ratings.
    pub total: u64,
    pub answers: u64,
}

impl EffortCount {
    pub fn add(&mut self, rating: f64) -> Result<()> {
        let rating = whole_rating(rating, 1.0, 7.0, "Give a whole number from 1 to 7")?;
        self.total += rating as u64;
        self.answers += 1;
        Ok(())
    }

    /// Customer effort score: the mean rating, 7 the easiest; `None` without answers.
    pub fn score(&self) -> Option<f64> {
        (self.answers > 0).then(|| self.total as f64 / self.answers as f64)
    }
}

fn whole_rating(rating: f64, lowest: f64, highest: f64, remedy: &'static str) -> Result<f64> {
    if rating.fract() == 0.0 && (lowest..=highest).contains(&rating) {
        Ok(rating)
    } else {
        Err(ArgumentError::invalid("rating", rating, remedy))
    }
}

/// Share of the customers or users who use a feature; `None` without users, or with more adopters
/// than users.
pub fn adoption_rate(adopters: f64, users: f64) -> Result<Option<f64>> {
    Ok(part_of(finite("adopters", adopters)?, finite("users", users)?))
}

/// Share of what a customer spends in the category that it spends here; `None` where it spends
/// nothing, or more here than in all. `category_spend` includes the spend here. Source: Farris et
/// al. 2010, chapter 2.
pub fn share_of_wallet(spend: f64, category_spend: f64) -> Result<Option<f64>> {
    Ok(part_of(finite("spend", spend)?, finite("category_spend", category_spend)?))
}

/// The share of a part in a whole, of which it is one: one impossible row does not stop a report.
fn part_of(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0 && (0.0..=whole).contains(&part)).then(|| part / whole)
}

/// One metric of a health score. Its direction lies in its bounds: `worst` above `best` says that
/// less is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HealthMetric {
    /// `None` where the customer has no such value: the metric is left out with its weight.
    pub value: Option<f64>,
    /// The value that scores 0; beyond it too.
    pub worst: f64,
    /// The value that scores 100; beyond it too.
    pub best: f64,
    pub weight: f64,
}

impl HealthMetric {
    /// How far the value has come from worst (0) to best (1).
    fn normalised(&self) -> Result<Option<f64>> {
        finite("worst", self.worst)?;
        if finite("best", self.best)? == self.worst {
            let remedy = "Give bounds that differ: worst scores 0, best scores 100";
            return Err(ArgumentError::invalid("best", self.best, remedy));
        }
        let Some(value) = self.value else { return Ok(None) };
        // Halves, so that bounds at both ends of the range of a double do not overflow.
        let way = finite("metrics", value)? / 2.0 - self.worst / 2.0;
        Ok(Some((way / (self.best / 2.0 - self.worst / 2.0)).clamp(0.0, 1.0)))
    }
}

/// Customer health from 0 to 100: the weighted mean of the normalised metrics.
///
/// `None` where no metric with a weight has a value.
pub fn health_score(metrics: &[HealthMetric]) -> Result<Option<f64>> {
    let (mut points, mut weights) = (0.0, 0.0);
    for (k, metric) in metrics.iter().enumerate() {
        let weight = not_negative("weights", metric.weight).map_err(|error| error.at(k))?;
        if let Some(normalised) = metric.normalised().map_err(|error| error.at(k))? {
            points += weight * normalised;
            weights += weight;
        }
    }
    if weights == 0.0 {
        return Ok(None);
    }
    in_range("weights", weights)?;
    Ok(Some((100.0 * (points / weights)).clamp(0.0, 100.0)))
}
