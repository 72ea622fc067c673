// Package quantity holds numbers with units and asks exactly whether they lie within limits.
//
// What is recorded is never rounded: a Decimal keeps its digits, a conversion is a rational function, and a comparison is
// decided in floating point only where the distance to the limit is far beyond the error. Where a unit decides about a
// patient the list of the analyte decides which units mean the same thing, and UCUM only checks that list: in UCUM
// mL/min/{1.73_m2} equals mL/min, and mmol/mol equals a tenth of a percent, which for HbA1c is wrong. So amount of substance,
// equivalents, osmoles and every arbitrary unit are dimensions of their own here, and no two different dimensionless units
// ever convert by UCUM alone.
package quantity
