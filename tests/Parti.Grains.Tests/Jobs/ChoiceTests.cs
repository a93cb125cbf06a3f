using Parti.Abstractions;
using Parti.Grains.Jobs;
using static Parti.Grains.Tests.Jobs.JobCases;

namespace Parti.Grains.Tests.Jobs;

/// <summary>The choice of two pictures among four candidates.</summary>
public sealed class ChoiceTests
{
    private const int Candidates = 4;

    [Fact]
    public void Report_CompleteTokens_GoOnToRerank()
    {
        JobRecord sampling = Sampled();
        sampling = sampling.With(sampling.Images[0] with { Stage = Stage.Sample, Tokens = TokenArray.Empty.With(0, [0, 1, 2, 3]), Hold = new(Stage.Sample, Worker, Epoch, 1) });

        Transition transition = JobStateMachine.Apply(sampling, Tokens(4, 4, complete: true), Now);

        Assert.Equal(Stage.Rerank, Assert.Single(EffectsOf<JobEffect.Enqueue>(transition)).Stage);
    }

    [Theory]
    [InlineData(0, 1, 2, 3)]
    [InlineData(3, 2, 1, 0)]
    [InlineData(2, 0, 3, 1)]
    public void Report_LastScoreInAnyOrder_ChoosesTheBestFirst(params int[] order)
    {
        double[] scores = [1, 9, -3, 5];
        JobRecord job = Sampled();
        foreach (int candidate in order.SkipLast(1))
        {
            Transition waits = Score(job, candidate, scores[candidate]);
            Assert.Empty(EffectsOf<JobEffect.Enqueue>(waits));
            job = waits.Job!;
        }

        Transition chosen = Score(job, order[^1], scores[order[^1]]);

        JobEffect.Enqueue enqueue = Assert.Single(EffectsOf<JobEffect.Enqueue>(chosen));
        Assert.Equal(Stage.Detokenize, enqueue.Stage);
        Assert.Equal([1, 3], enqueue.Images);
        JobSnapshot shown = JobProjection.ToSnapshot(chosen.Job!, Now, null);
        Assert.Equal([1, 3], shown.Images.Select(image => image.Candidate));
        Assert.Equal([0, 1], shown.Images.Select(image => image.Index));
        Assert.Equal([null, 0, null, 1], shown.Candidates!.Select(candidate => candidate.Image));
        Assert.Equal(Stage.Detokenize, shown.Stage);
        Assert.Equal([(Stage.Detokenize, 1), (Stage.Detokenize, 3)], JobStateMachine.Needs(chosen.Job!));
    }

    [Fact]
    public void Report_EqualScores_TakeTheFirstCandidates()
    {
        JobRecord job = Enumerable.Range(0, Candidates).Aggregate(Sampled(), (record, candidate) => Score(record, candidate, 2).Job!);

        Assert.Equal([0, 1, null, null], job.Images.Select(image => image.Rank));
    }

    [Fact]
    public void Report_SamePictureTwice_IsChosenOnce()
    {
        JobRecord sampled = Sampled();
        sampled = sampled.With(sampled.Images[2] with { Tokens = sampled.Images[1].Tokens });
        double[] scores = [1, 9, 9, 5];

        JobRecord job = Enumerable.Range(0, Candidates).Aggregate(sampled, (record, candidate) => Score(record, candidate, scores[candidate]).Job!);

        Assert.Equal([null, 0, null, 1], job.Images.Select(image => image.Rank));
    }

    [Fact]
    public void Report_SameScoreAgain_IsStale()
    {
        JobRecord job = Score(Sampled(), 0, 2).Job!;

        Assert.Equal(Decision.Stale, Score(job, 0, 7).Decision);
        Assert.Equal(Decision.Stale, JobStateMachine.Apply(job, Start(Stage.Rerank), Now).Decision);
    }

    [Fact]
    public void Restore_SomeScored_OnlyTheOthersAreNeededAndTheirTextFirst()
    {
        JobRecord restored = JobStateMachine.Restore(Score(Sampled(), 2, 1).Job!);

        Assert.Equal([(Stage.Encode, WorkKey.Prompt)], JobStateMachine.Needs(restored));
        Assert.Equal(Decision.NotReady, JobStateMachine.Apply(restored, Start(Stage.Rerank), Now).Decision);
        Transition encoded = JobStateMachine.Apply(restored with { PromptHold = new(Stage.Encode, Worker, Epoch, 1), PromptEpoch = Epoch }, Encoded(Epoch), Now);
        JobEffect.Enqueue enqueue = Assert.Single(EffectsOf<JobEffect.Enqueue>(encoded));
        Assert.Equal(Stage.Rerank, enqueue.Stage);
        Assert.Equal([0, 1, 3], enqueue.Images);
    }

    [Fact]
    public void ToSnapshot_BeforeTheChoice_ShowsTheFirstCandidatesAndTheProgressOfAll()
    {
        JobRecord job = Sampled();
        job = job.With(job.Images[3] with { Tokens = TokenArray.Empty, Stage = Stage.Sample });

        JobSnapshot shown = JobProjection.ToSnapshot(job, Now, null);

        Assert.Equal([0, 1], shown.Images.Select(image => image.Candidate));
        Assert.Equal([TokensTotal, TokensTotal, TokensTotal, 0], shown.Candidates!.Select(candidate => candidate.TokensDone));
        Assert.Equal(0.675, shown.Progress);
        Assert.Null(JobProjection.ToChanges(job, JobEventType.Progress, 3, Now).Images);
        Assert.Equal(3, Assert.Single(JobProjection.ToChanges(job, JobEventType.Progress, 3, Now).Candidates!).Index);
    }

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(2, 2, true)]
    [InlineData(3, 2, false)]
    [InlineData(3, 1, true)]
    [InlineData(1, 65, false)]
    [InlineData(1, 0, false)]
    public void Validate_BestOf_IsNAtLeastOrNoChoice(int n, int bestOf, bool valid) =>
        Assert.Equal(valid, GenerationRequestValidator.Validate(new() { Prompt = "x", N = n, BestOf = bestOf }, new()).All(problem => problem.Parameter != "best_of"));

    /// <summary>All candidates complete, waiting for their scores.</summary>
    private static JobRecord Sampled()
    {
        JobRecord job = Held(Stage.Rerank);
        ImageRecord complete = job.Images[0] with { Hold = null };
        return job with
        {
            Parameters = job.Parameters with { BestOf = Candidates },
            Images = [.. Enumerable.Range(0, Candidates).Select(index => complete with { Index = index, Tokens = TokenArray.Empty.With(0, [.. Enumerable.Range(index, TokensTotal)]) })],
        };
    }

    private static Transition Score(JobRecord job, int candidate, double score)
    {
        long epoch = job.Images[candidate].Epoch + 1;
        JobRecord held = JobStateMachine.Apply(job, new JobCommand.Start(new(Stage.Rerank, candidate, epoch, Worker, true)), Now).Job!;
        return JobStateMachine.Apply(held, new JobCommand.Report(new ScoredReport { Stage = Stage.Rerank, Image = candidate, Epoch = epoch, Worker = Worker, Score = score }), Now);
    }
}
