using Parti.Inference.Kernels;

namespace Parti.Inference.Tests.Kernels;

public sealed class KernelTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_ManyPhases_RunsEveryPartOnceBeforeTheNextPhase(int threads)
    {
        using KernelTeam team = new(threads);
        for (int step = 0; step < 300; step++)
        {
            team.BeginStep();
            for (int parts = 1; parts < 9; parts++)
            {
                CountingPhase phase = new(parts);
                team.Run(phase);
                Assert.All(phase.Runs, runs => Assert.Equal(1, runs));
            }
            team.EndStep();
        }
    }

    [Fact]
    public void Run_PartThatFails_FailsThePhaseAndNotTheNext()
    {
        using KernelTeam team = new(3);
        team.BeginStep();
        Assert.Contains("part 5", Assert.Throws<InvalidOperationException>(() => team.Run(new FailingPhase())).Message, StringComparison.Ordinal);
        CountingPhase next = new(20);
        team.Run(next);
        Assert.All(next.Runs, runs => Assert.Equal(1, runs));
    }

    [Fact]
    public void Dispose_WhileHelpersSleepOrSpin_Ends()
    {
        new KernelTeam(3).Dispose();
        KernelTeam stepping = new(3);
        stepping.BeginStep();
        stepping.Dispose();
    }

    sealed class CountingPhase(int parts) : Phase
    {
        public int[] Runs { get; } = new int[parts];

        public override int Parts => Runs.Length;

        public override bool Shared => true;

        public override void Run(int part, int thread) => Interlocked.Increment(ref Runs[part]);
    }

    sealed class FailingPhase : Phase
    {
        public override int Parts => 10;

        public override bool Shared => true;

        public override void Run(int part, int thread)
        {
            if (part == 5)
            {
                throw new ArithmeticException("part 5");
            }
        }
    }
}
