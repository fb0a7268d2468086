// The standard normal distribution's cumulative function and its inverse.
#ifndef SHOAL_COMMON_INITIALIZER_NORMAL_DISTRIBUTION_H_
#define SHOAL_COMMON_INITIALIZER_NORMAL_DISTRIBUTION_H_

namespace shoal {

// Probability that a standard normal variable is at most x.
double NormalCdf(double x);

// The x for which NormalCdf(x) is p, to about 1e-15 relative: Wichura, "Algorithm AS 241: the percentage points of the
// normal distribution", Applied Statistics 37 (1988), routine PPND16. REQUIRES: 0 < p < 1.
double InverseNormalCdf(double p);

}  // namespace shoal

#endif  // SHOAL_COMMON_INITIALIZER_NORMAL_DISTRIBUTION_H_
