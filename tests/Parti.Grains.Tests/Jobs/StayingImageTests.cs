using Parti.Abstractions;
using Parti.Grains.Jobs;
using static Parti.Grains.Tests.Jobs.JobCases;

namespace Parti.Grains.Tests.Jobs;

/// <summary>An image stays with a worker that serves its next stage too; and what that means for losses.</summary>
public sealed class StayingImageTests
{
    [Fact]
    public void Tokens_LastOnesOfAnImageThatStays_MoveTheHoldAndQueueNothing()
    {
        Transition transition = JobStateMachine.Apply(Held(Stage.Sample), Complete(), Now);

        Assert.Equal(Decision.Done, transition.Decision);
        Assert.Equal(new WorkHold(Stage.Detokenize, Worker, Epoch, 1), transition.Job!.Images[0].Hold);
        Assert.Equal(Stage.Detokenize, transition.Job.Images[0].Stage);
        Assert.Empty(EffectsOf<JobEffect.Enqueue>(transition));
        Assert.Equal(Now, transition.Job.Spans[Stage.Detokenize].From);
    }

    [Fact]
    public void Tokens_LastOnesToldAgain_AreAnsweredAsBefore()
    {
        JobRecord moved = JobStateMachine.Apply(Held(Stage.Sample), Complete(), Now).Job!;

        Transition again = JobStateMachine.Apply(moved, Complete(), Now);

        Assert.Equal(Decision.Done, again.Decision);
        Assert.Same(moved, again.Job);
        Assert.Empty(again.Effects);
    }

    [Fact]
    public void Tokens_LastOnesToldAgainAfterTheLeaseWasLost_AreStale()
    {
        JobRecord moved = JobStateMachine.Apply(Held(Stage.Sample), Complete(), Now).Job!;
        JobRecord lost = JobStateMachine.Apply(moved, LeaseLost(Epoch), Now).Job!;

        Assert.Equal(Decision.Stale, JobStateMachine.Apply(lost, Complete(), Now).Decision);
    }

    [Fact]
    public void Stored_UnderTheLeaseOfAnEarlierStage_Counts()
    {
        JobRecord moved = JobStateMachine.Apply(Held(Stage.Sample, last: true) with { NativeSize = 16 }, Complete(), Now).Job!;

        Transition transition = JobStateMachine.Apply(moved, Stored(Epoch, Stage.Detokenize), Now);

        Assert.Equal(JobState.Succeeded, transition.Job!.State);
    }

    [Fact]
    public void Detokenized_ThatStays_KeepsThePictureAtTheWorker()
    {
        JobCommand staying = new JobCommand.Report(new DetokenizedReport { Stage = Stage.Detokenize, Image = 0, Epoch = Epoch, Worker = Worker, Picture = null });

        Transition transition = JobStateMachine.Apply(Held(Stage.Detokenize), staying, Now);

        Assert.Equal(new WorkHold(Stage.Upscale, Worker, Epoch, 1), transition.Job!.Images[0].Hold);
        Assert.False(transition.Job.Images[0].PictureReady);
        Assert.Empty(EffectsOf<JobEffect.Enqueue>(transition));
    }

    [Fact]
    public void LeaseLost_AtTheQueueOfAnEarlierStage_QueuesTheStageThatTheImageIsAt()
    {
        JobRecord moved = JobStateMachine.Apply(Held(Stage.Sample), Complete(), Now).Job!;

        Transition transition = JobStateMachine.Apply(moved, LeaseLost(Epoch), Now);

        Assert.Equal(Decision.Done, transition.Decision);
        Assert.Null(transition.Job!.Images[0].Hold);
        Assert.Equal(Stage.Detokenize, Assert.Single(EffectsOf<JobEffect.Enqueue>(transition)).Stage);
        Assert.Equal("lease lost", transition.Job.Attempts[0].Reason);
    }

    [Theory]
    [InlineData("encoded")]
    [InlineData("detokenized")]
    public void Report_WhatIsMadeAgainAfterEveryLoss_IsNoProgress(string report)
    {
        (JobRecord? job, JobCommand command) = Case(report, "running");

        Transition transition = JobStateMachine.Apply(LostTwice(job!), command, Now);

        Assert.Equal(2, transition.Job!.LostInARow);
    }

    [Theory]
    [InlineData(4, 2, 0)]
    [InlineData(2, 2, 2)]
    public void Tokens_OnlyNewOnes_AreProgress(int position, int count, int lostInARow)
    {
        Transition transition = JobStateMachine.Apply(LostTwice(Held(Stage.Sample)), Tokens(position, count), Now);

        Assert.Equal(lostInARow, transition.Job!.LostInARow);
    }

    [Fact]
    public void Start_AfterAnImageWaited_CountsItsHandOver()
    {
        JobRecord waiting = JobStateMachine.Apply(Held(Stage.Sample), Tokens(4, 4, complete: true), Now).Job!;

        Transition begun = JobStateMachine.Apply(waiting, Start(Stage.Detokenize), Now.AddMilliseconds(70));

        Assert.Equal([new(Stage.Detokenize, 1, 70)], JobProjection.ToSnapshot(begun.Job!, Now, null).Timings.HandOvers!);
    }

    private static JobCommand Complete() => new JobCommand.Report(new TokensReport
    {
        Stage = Stage.Sample, Image = 0, Epoch = Epoch, Worker = Worker, Position = 4, Tokens = [4, 5, 6, 7], Complete = true, Continues = true,
    });
}
