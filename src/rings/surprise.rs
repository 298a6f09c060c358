//! How unlikely a count is, and which of very many counts are unlikely enough.

/// −log10 of the chance that a Poisson variable with mean `expected` is `count` or more; 0 where the count is no more than expected.
pub fn poisson(count: u64, expected: f64) -> f64 {
    let k = count as f64;
    if count == 0 || expected >= k {
        return 0.0;
    }
    // P(X ≥ k) = e^−λ λ^k ⁄ k! × (1 + λ⁄(k+1) + λ²⁄((k+1)(k+2)) + …); the ratio is below 1, so the sum is short.
    let (mut term, mut sum, mut next) = (1.0_f64, 1.0_f64, k + 1.0);
    while term > 1e-12 && next < k + 100_000.0 {
        term *= expected / next;
        sum += term;
        next += 1.0;
    }
    let log = -expected + k * expected.ln() - ln_factorial(count) + sum.ln();
    (-log / std::f64::consts::LN_10).max(0.0)
}

/// ln n!, exact sums for small n and Stirling's series beyond, which is then right to twelve digits.
fn ln_factorial(n: u64) -> f64 {
    if n < 64 {
        return (2..=n).map(|i| (i as f64).ln()).sum();
    }
    let x = n as f64;
    x * x.ln() - x + 0.5 * (std::f64::consts::TAU * x).ln() + 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3))
}

/// The surprise that a result needs so that at most the share `rate` of those that reach it is expected by chance, among `tested` tests of
/// which only the surprising ones are given (Benjamini and Hochberg). Infinite when none is good enough.
pub fn cutoff(mut surprises: Vec<f64>, tested: u64, rate: f64) -> f64 {
    surprises.sort_by(|one, other| other.total_cmp(one));
    let bar = (tested.max(1) as f64).log10() - rate.log10();
    let last =
        surprises.iter().zip(1_u32..).filter(|(surprise, rank)| **surprise >= bar - f64::from(*rank).log10()).last();
    last.map_or(f64::INFINITY, |(surprise, _)| *surprise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_textbook() {
        // P(X ≥ 1 | λ = 1) = 1 − 1⁄e; P(X ≥ 3 | λ = 0.5) = 0.0143877; P(X ≥ 100 | λ = 50) = 3.2000e-10.
        assert!((poisson(1, 0.999_999) - -(1.0_f64 - 1.0 / std::f64::consts::E).log10()).abs() < 1e-5);
        assert!((poisson(3, 0.5) + 0.014_387_7_f64.log10()).abs() < 1e-5);
        assert!((poisson(100, 50.0) + 3.2000e-10_f64.log10()).abs() < 1e-3);
        assert!(poisson(2, 5.0).abs() < f64::EPSILON);
    }

    #[test]
    fn more_good_results_lower_the_bar() {
        assert!(cutoff(vec![3.0], 1000, 0.01).is_infinite());
        assert!((cutoff(vec![5.1], 1000, 0.01) - 5.1).abs() < f64::EPSILON);
        assert!((cutoff(vec![4.1; 10], 1000, 0.01) - 4.1).abs() < f64::EPSILON);
    }
}
