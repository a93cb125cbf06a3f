using Parti.Inference.Scheduling;

namespace Parti.Inference.Tests.Scheduling;

public sealed class SchedulerTests(ITestOutputHelper output)
{
    [Fact]
    public void Schedule_MoreThanSlots_AdmitsInOrderOfArrival()
    {
        Scheduler scheduler = new(2);
        Sequence[] sequences = Enqueue(scheduler, 3);

        Assert.Equal(sequences[..2], scheduler.Schedule());

        Assert.Equal([0, 1, -1], sequences.Select(sequence => sequence.Slot));
        Assert.Equal(sequences[..2], scheduler.Running);
        Assert.Equal(sequences[2..], scheduler.Waiting);
    }

    [Fact]
    public void Schedule_SlotFreed_GivesItToTheNextAndMovesNobody()
    {
        Scheduler scheduler = new(2);
        Sequence[] sequences = Enqueue(scheduler, 3);
        scheduler.Schedule();

        scheduler.End(sequences[0], SequenceStatus.Finished);

        Assert.Equal([sequences[2]], scheduler.Schedule());
        Assert.Equal(0, sequences[2].Slot);
        Assert.Equal(1, sequences[1].Slot);
        Assert.Equal([sequences[2], sequences[1]], scheduler.Running);
    }

    [Fact]
    public void End_Waiting_NeverGetsASlot()
    {
        Scheduler scheduler = new(1);
        Sequence[] sequences = Enqueue(scheduler, 3);

        scheduler.End(sequences[0], SequenceStatus.Canceled);

        Assert.Equal([sequences[1]], scheduler.Schedule());
        Assert.Equal(SequenceStatus.Canceled, sequences[0].Status);
    }

    [Fact]
    public void End_Twice_KeepsTheFirstStatusAndTheNewOwnersSlot()
    {
        Scheduler scheduler = new(1);
        Sequence[] sequences = Enqueue(scheduler, 2);
        scheduler.Schedule();
        scheduler.End(sequences[0], SequenceStatus.Finished);
        scheduler.Schedule();

        scheduler.End(sequences[0], SequenceStatus.Failed);
        scheduler.Schedule();

        Assert.Equal(SequenceStatus.Finished, sequences[0].Status);
        Assert.Equal([sequences[1]], scheduler.Running);
    }

    [Fact]
    public void IsIdle_OnlyWithoutWork_IsTrue()
    {
        Scheduler scheduler = new(1);
        Assert.True(scheduler.IsIdle);
        Sequence sequence = Enqueue(scheduler, 1)[0];
        Assert.False(scheduler.IsIdle);
        scheduler.Schedule();
        Assert.False(scheduler.IsIdle);
        scheduler.End(sequence, SequenceStatus.Finished);
        Assert.True(scheduler.IsIdle);
    }

    [Fact]
    public void Schedule_RandomArrivalsAndEnds_NeverSharesASlotAndServesAll()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        Scheduler scheduler = new(5);
        List<Sequence> all = [];
        for (int step = 0; step < 2000 || !scheduler.IsIdle; step++)
        {
            if (step < 2000 && random.Next(3) == 0)
            {
                all.AddRange(Enqueue(scheduler, random.Next(1, 4)));
            }
            scheduler.Schedule();
            Assert.Equal(scheduler.Running.Count, scheduler.Running.Select(sequence => sequence.Slot).Distinct().Count());
            Assert.True(scheduler.Running.Count == 5 || scheduler.Waiting.Count == 0);
            foreach (Sequence sequence in scheduler.Running.Where(_ => random.Next(4) == 0).ToList())
            {
                scheduler.End(sequence, SequenceStatus.Finished);
            }
        }

        Assert.All(all, sequence => Assert.Equal(SequenceStatus.Finished, sequence.Status));
    }

    [Fact]
    public void Schedule_HigherPriority_OvertakesTheWaitingButNotTheRunning()
    {
        Scheduler scheduler = new(1);
        Sequence[] sequences = [.. new[] { 0, 0, 2, 1, 2 }.Select(priority => new Sequence(New(4).Request with { Priority = priority }, 4))];
        scheduler.Enqueue(sequences[0]);
        scheduler.Schedule();
        Array.ForEach(sequences[1..], scheduler.Enqueue);

        Assert.Equal([sequences[2], sequences[4], sequences[3], sequences[1]], scheduler.Waiting);
        scheduler.Schedule();
        Assert.Equal([sequences[0]], scheduler.Running);
        scheduler.End(sequences[0], SequenceStatus.Finished);
        Assert.Equal([sequences[2]], scheduler.Schedule());
    }

    [Fact]
    public void Sequence_KeptTokens_AreReplayedBeforeNewOnes()
    {
        Sequence sequence = New(4, 8, 9);

        Assert.True(sequence.IsReplaying);
        Assert.Throws<InvalidOperationException>(() => sequence.Append(1));
        sequence.TakeKnown();
        sequence.TakeKnown();
        Assert.False(sequence.IsReplaying);
        Assert.Throws<InvalidOperationException>(sequence.TakeKnown);
        sequence.Append(1);
        sequence.Append(2);

        Assert.True(sequence.IsComplete);
        Assert.Equal([8, 9, 1, 2], sequence.Tokens.ToArray());
        Assert.Throws<InvalidOperationException>(() => sequence.Append(3));
    }

    [Fact]
    public void Sequence_ForcedTokens_LeaveOpenPositionsToDraw()
    {
        Sequence sequence = Forced([8], [7, 6, -1, 5, -1, 4, 3]);

        Assert.Equal([1, 2, 3, 3], new[] { 1, 2, 3, 9 }.Select(sequence.StepLength));
        sequence.TakeKnown();
        Assert.False(sequence.IsReplaying);
        sequence.TakeKnown();
        Assert.False(sequence.IsKnown);
        sequence.Append(1);
        Assert.Equal(2, sequence.StepLength(9));
        sequence.TakeKnown();
        Assert.False(sequence.IsDecided);
        sequence.Append(2);
        Assert.True(sequence.IsDecided);
        sequence.TakeKnown();
        sequence.TakeKnown();
        Assert.True(sequence.IsComplete);
        Assert.Equal([8, 6, 1, 5, 2, 4, 3], sequence.Tokens.ToArray());
    }

    [Fact]
    public void Sequence_NothingOpen_IsDecidedAtOnce() => Assert.True(Forced([1, 2], [-1, -1, 3]).IsDecided);

    [Fact]
    public void Sequence_ForcedTokensOfAnotherLength_AreRefused() =>
        Assert.Throws<ArgumentException>(() => new Sequence(New(1).Request with { ForcedTokens = [1, 2] }, 3));

    [Fact]
    public void Sequence_TooManyKeptTokens_IsRefused() => Assert.Throws<ArgumentException>(() => New(1, 8, 9));

    static Sequence[] Enqueue(Scheduler scheduler, int count)
    {
        Sequence[] sequences = [.. Enumerable.Range(0, count).Select(_ => New(4))];
        Array.ForEach(sequences, scheduler.Enqueue);
        return sequences;
    }

    static Sequence Forced(int[] kept, int[] forced) => new(New(1).Request with { KeptTokens = kept, ForcedTokens = forced }, forced.Length);

    static Sequence New(int length, params int[] kept) => new(
        new SampleRequest(new TextConditioning("tiny", [0], 1, null, 0, 0), new SamplingParams(1, 1, 0, 1), 1, 0, kept), length);
}
