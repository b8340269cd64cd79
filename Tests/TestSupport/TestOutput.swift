// Linked for its effect: standard output by lines, so that a log ends with the test at hand.
internal import CTestOutput
