// Each test has a cluster of processes that needs the whole machine: side by side they would be late for one another's bounds.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
