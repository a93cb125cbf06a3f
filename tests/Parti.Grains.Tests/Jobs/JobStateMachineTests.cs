using Parti.Abstractions;
using Parti.Grains.Jobs;
using static Parti.Grains.Tests.Jobs.JobCases;

namespace Parti.Grains.Tests.Jobs;

public sealed class JobStateMachineTests
{
    [Fact]
    public void Submit_New_IsWrittenBeforeThePromptIsQueued()
    {
        Transition transition = JobStateMachine.Apply(null, new JobCommand.Submit(Fresh()), Now);

        Assert.Equal(Durability.Eager, transition.Durability);
        Assert.Equal(Now, transition.Job!.CreatedAt);
        JobEffect.Enqueue enqueue = Assert.Single(EffectsOf<JobEffect.Enqueue>(transition));
        Assert.Equal((Stage.Encode, WorkKey.Prompt), (enqueue.Stage, Assert.Single(enqueue.Images)));
    }

    [Fact]
    public void Start_FirstWorker_OpensAnAttempt()
    {
        Transition transition = JobStateMachine.Apply(Fresh(), Start(Stage.Encode), Now);

        AttemptSnapshot attempt = Assert.Single(transition.Job!.Attempts);
        Assert.Equal(new(1, Worker, Now, null, null), attempt);
        Assert.Equal(Now, transition.Job.StartedAt);
        Assert.Contains(EffectsOf<JobEffect.Emit>(transition), emit => emit.Type == JobEventType.Started);
    }

    [Fact]
    public void Start_SameLeaseTwice_IsDoneTwiceWithoutChange()
    {
        JobRecord held = Held(Stage.Sample);

        Transition transition = JobStateMachine.Apply(held, Start(Stage.Sample, Epoch), Now);

        Assert.Equal(Decision.Done, transition.Decision);
        Assert.Same(held, transition.Job);
    }

    [Fact]
    public void Start_SameEpochOfAnotherWorker_IsStale() =>
        Assert.Equal(Decision.Stale, JobStateMachine.Apply(Held(Stage.Sample), Start(Stage.Sample, Epoch, "other|cpu"), Now).Decision);

    [Fact]
    public void Start_WhileAnotherHolds_ClosesThatAttemptAsLost()
    {
        Transition transition = JobStateMachine.Apply(Held(Stage.Sample), Start(Stage.Sample, Epoch + 1, "other|cpu"), Now);

        Assert.Equal(Decision.Done, transition.Decision);
        Assert.Equal(["lease lost", null], transition.Job!.Attempts.Select(attempt => attempt.Reason));
        Assert.Equal(1, transition.Job.LostInARow);
        Assert.Equal(Decision.Stale, JobStateMachine.Apply(transition.Job, Tokens(4, 1), Now).Decision);
    }

    [Fact]
    public void Start_WithoutTextButWorkerHasIt_Begins()
    {
        JobRecord waiting = Waiting(Stage.Sample) with { TextReady = false };

        Assert.Equal(Decision.NotReady, JobStateMachine.Apply(waiting, Start(Stage.Sample), Now).Decision);
        Assert.Equal(Decision.Done, JobStateMachine.Apply(waiting, Start(Stage.Sample, hasText: true), Now).Decision);
    }

    [Fact]
    public void Start_UpscaleWithoutPicture_GoesBackToDetokenize()
    {
        JobRecord waiting = Waiting(Stage.Upscale);
        waiting = waiting.With(waiting.Images[0] with { PictureReady = false });

        Transition transition = JobStateMachine.Apply(waiting, Start(Stage.Upscale), Now);

        Assert.Equal(Decision.NotReady, transition.Decision);
        Assert.Equal(Stage.Detokenize, transition.Job!.Images[0].Stage);
        Assert.Equal(Stage.Detokenize, Assert.Single(EffectsOf<JobEffect.Enqueue>(transition)).Stage);
    }

    [Fact]
    public void Encoded_AllWaitingImages_AreQueuedForSampling()
    {
        Transition transition = JobStateMachine.Apply(Held(Stage.Encode), Encoded(Epoch), Now);

        JobEffect.Enqueue enqueue = Assert.Single(EffectsOf<JobEffect.Enqueue>(transition));
        Assert.Equal(Stage.Sample, enqueue.Stage);
        Assert.Equal([0, 1], enqueue.Images);
        Assert.True(transition.Job!.TextReady);
        Assert.Equal(5, JobProjection.ToSnapshot(transition.Job, Now, null).DroppedTokens);
        Assert.Contains(EffectsOf<JobEffect.Emit>(transition), emit => emit.Type == JobEventType.Stage);
    }

    [Fact]
    public void Tokens_Overlapping_AreKeptOnce()
    {
        Transition transition = JobStateMachine.Apply(Held(Stage.Sample), Tokens(2, 4), Now);

        Assert.Equal([0, 1, 2, 3, 4, 5], transition.Job!.Images[0].Tokens.ToArray());
        Assert.Equal(Durability.Soon, transition.Durability);
    }

    [Fact]
    public void Tokens_LaterEpochThanKnown_IsTheLivingLease()
    {
        Transition transition = JobStateMachine.Apply(Held(Stage.Sample), Tokens(4, 1, epoch: Epoch + 5, worker: "other|cpu"), Now);

        Assert.Equal(Decision.Done, transition.Decision);
        Assert.Equal(new(Stage.Sample, "other|cpu", Epoch + 5, 2), transition.Job!.Images[0].Hold);
    }

    [Fact]
    public void Stored_AtNativeSize_ComesFromDetokenize()
    {
        JobRecord native = Held(Stage.Detokenize) with { NativeSize = 16 };

        Assert.Equal(Decision.Stale, JobStateMachine.Apply(native, Detokenized(Epoch), Now).Decision);
        Transition transition = JobStateMachine.Apply(native, Stored(Epoch, Stage.Detokenize), Now);

        Assert.Equal(JobState.Succeeded, transition.Job!.Images[0].State);
        Assert.Equal("jobs/x", transition.Job.Images[0].Url);
        Assert.Equal(Now.AddMilliseconds(-3), transition.Job.Spans[Stage.Store].From);
    }

    [Fact]
    public void Stored_BeforeTheLastStage_IsStale() =>
        Assert.Equal(Decision.Stale, JobStateMachine.Apply(Held(Stage.Detokenize), Stored(Epoch, Stage.Detokenize), Now).Decision);

    [Fact]
    public void Progress_BetweenLosses_StartsTheCountAnew()
    {
        JobRecord job = LostTwice(Held(Stage.Sample));

        JobRecord after = JobStateMachine.Apply(job, Tokens(4, 1), Now).Job!;

        Assert.Equal(JobState.Running, JobStateMachine.Apply(after, LeaseLost(Epoch), Now).Job!.State);
    }

    [Fact]
    public void LeaseLost_SameWorkerSeveralImages_IsOneLostAttempt()
    {
        JobRecord job = Held(Stage.Sample);
        job = job.With(job.Images[1] with { Hold = new(Stage.Sample, Worker, Epoch + 1, 1), Epoch = Epoch + 1 });

        JobRecord first = JobStateMachine.Apply(job, LeaseLost(Epoch), Now).Job!;
        Transition second = JobStateMachine.Apply(first, new JobCommand.Report(new LeaseLostReport { Stage = Stage.Sample, Image = 1, Epoch = Epoch + 1, Worker = Worker }), Now);

        Assert.Equal(1, second.Job!.LostInARow);
        Assert.Single(second.Job.Attempts);
    }

    [Fact]
    public void LeaseLost_AfterTheWorkerCameBack_LeavesItsNewAttemptOpen()
    {
        JobRecord job = Held(Stage.Sample);
        job = job.With(job.Images[1] with { Hold = new(Stage.Sample, Worker, Epoch + 1, 1), Epoch = Epoch + 1 });
        job = JobStateMachine.Apply(job, LeaseLost(Epoch), Now).Job!;
        job = JobStateMachine.Apply(job, Start(Stage.Sample, Epoch + 10), Now).Job!;

        Transition late = JobStateMachine.Apply(job, new JobCommand.Report(new LeaseLostReport { Stage = Stage.Sample, Image = 1, Epoch = Epoch + 1, Worker = Worker }), Now);

        Assert.Equal(["lease lost", null], late.Job!.Attempts.Select(attempt => attempt.Reason));
        Assert.Equal(1, late.Job.LostInARow);
    }

    [Fact]
    public void HandedOver_WithTokens_KeepsThemAndCountsNoLoss()
    {
        Transition transition = JobStateMachine.Apply(Held(Stage.Sample), HandedOver(Epoch), Now);

        Assert.Equal(6, transition.Job!.Images[0].Tokens.Count);
        Assert.Null(transition.Job.Images[0].Hold);
        Assert.Equal("handed over", Assert.Single(transition.Job.Attempts).Reason);
        Assert.Equal(0, transition.Job.LostInARow);
    }

    [Fact]
    public void Cancel_Running_StopsEveryHolder()
    {
        JobRecord job = Held(Stage.Sample) with { PromptHold = new(Stage.Encode, "other|cpu", 7, 2) };

        Transition transition = JobStateMachine.Apply(job, new JobCommand.Cancel(), Now);

        Assert.Equal(["other|cpu", Worker], EffectsOf<JobEffect.Abort>(transition).Select(abort => abort.Hold.Worker));
        Assert.Single(EffectsOf<JobEffect.LeaveQueues>(transition));
    }

    [Fact]
    public void Retry_PartlyStored_KeepsWhatIsStored()
    {
        JobRecord failed = Ended(JobState.Failed);
        failed = failed.With(failed.Images[0] with { State = JobState.Succeeded, Stage = Stage.Store, Url = "jobs/x" });

        Transition transition = JobStateMachine.Apply(failed, new JobCommand.Retry(), Now);

        Assert.Equal([JobState.Succeeded, JobState.Queued], transition.Job!.Images.Select(image => image.State));
        Assert.Null(transition.Job.Error);
        Assert.Equal(Stage.Encode, Assert.Single(EffectsOf<JobEffect.Enqueue>(transition)).Stage);
    }

    [Fact]
    public void Restore_AfterARestart_NeedsOnlyWhatIsMissing()
    {
        JobRecord job = Held(Stage.Upscale);
        job = job.With(job.Images[0] with { Hold = null });

        JobRecord restored = JobStateMachine.Restore(job);

        Assert.Equal([(Stage.Encode, WorkKey.Prompt), (Stage.Detokenize, 0)], JobStateMachine.Needs(restored));
    }

    [Fact]
    public void RandomCommands_AnyOrder_KeepTheInvariants()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        string[] commands =
        [
            "submit", "start-encode", "start-sample", "start-detokenize", "start-upscale", "encoded", "tokens", "tokens-complete", "detokenized",
            "stored", "failed-retryable", "handed-over", "lease-lost", "cancel", "retry", "delete",
        ];
        JobRecord? job = null;
        long lastVersion = 0;
        for (int step = 0; step < 20_000; step++)
        {
            JobCommand command = Case(commands[random.Next(random.Next(4) == 0 ? commands.Length : commands.Length - 3)], "none").Command;
            Transition transition = JobStateMachine.Apply(job, command, Now);
            JobRecord? next = transition.Job;
            if (next is not null && job is not null)
            {
                Assert.True(next.Version >= lastVersion, $"seed {seed}, step {step}");
                Assert.All(next.Images.Zip(job.Images), pair => Assert.True(pair.First.Epoch >= pair.Second.Epoch && pair.First.Tokens.Count >= pair.Second.Tokens.Count, $"seed {seed}, step {step}"));
                Assert.True(!next.State.IsTerminal() || JobStateMachine.Needs(next).Count == 0, $"seed {seed}, step {step}");
                Assert.True(next.State.IsTerminal() || JobStateMachine.Needs(next).Count > 0, $"seed {seed}, step {step}: nothing left to do, yet not ended");
            }

            lastVersion = next?.Version ?? 0;
            job = next;
        }
    }
}
