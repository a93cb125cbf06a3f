using Parti.Abstractions;
using Parti.Grains.Jobs;

namespace Parti.Grains.Tests.Model;

/// <summary>
/// Thousands of schedules of a job, its queues and three workers, with lost, repeated and late messages, workers that die or wake
/// from the dead, double activations, lost queues and a clock that is set. Whatever happens, each image is committed once and the
/// job comes to its end. No cluster and no model: seconds of a second.
/// </summary>
public sealed class ExactlyOnceModelTests(ITestOutputHelper output)
{
    private const int Schedules = 2000;
    private static readonly TimeSpan Trouble = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public void Run_AnySchedule_CommitsEachImageOnce()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("PARTI_MODEL_SEED"), out int given) ? given : Environment.TickCount;
        output.WriteLine($"seeds {seed} to {seed + Schedules - 1}");
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        int lost = 0, doubled = 0;
        try
        {
            for (int schedule = 0; schedule < Schedules; schedule++)
            {
                JobRecord job = RunOne(seed + schedule, ref doubled);
                lost += job.Attempts.Count(attempt => attempt.Reason == "lease lost");
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }

        // A model in which nothing goes wrong proves nothing.
        output.WriteLine($"{lost} lost attempts, {doubled} double activations");
        Assert.True(lost > Schedules / 10, $"only {lost} attempts were lost");
        Assert.True(doubled > Schedules / 10, $"only {doubled} double activations");
    }

    private static JobRecord RunOne(int seed, ref int doubled)
    {
        try
        {
            VirtualWorld world = new(seed);
            ModelQueues queues = new(world);
            ModelJob job = new(world, queues);
            ModelStore store = new();
            ModelWorker[] workers = [.. Enumerable.Range(0, 3).Select(i => new ModelWorker($"w{i}|cpu", world, queues, job, store))];
            job.Abort = (hold, image) => workers.First(worker => worker.Name == hold.Worker).Stop(new(ModelJob.Key, image), hold.Epoch);
            job.Holds = (hold, image) => workers.First(worker => worker.Name == hold.Worker).Holds(new(ModelJob.Key, image), hold.Epoch);
            doubled += Disturb(world, queues, job, workers);
            Sweep(world, job);
            world.After(Trouble, () =>
            {
                // Two activations end with their cause: one of them is told to go.
                world.Troubled = false;
                job.Activate(alone: true);
            });
            world.RunUntil(Trouble + Patience, () => job.Stored.State == JobState.Succeeded);
            Check(job);
            return job.Stored;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Schedule of seed {seed}: {exception.Message}", exception);
        }
    }

    private static void Check(ModelJob job)
    {
        Assert.True(job.Stored.State == JobState.Succeeded, $"The job is {job.Stored.State}, {job.Stored.Error}; {string.Join("; ", job.Stored.Attempts)}");
        Assert.Equal([1, 1], job.Commits);
        foreach (ImageRecord image in job.Stored.Images)
        {
            Assert.Equal($"content of {image.Index}", image.Sha256);
            Assert.Equal(Enumerable.Range(0, ModelJob.TokensTotal).Select(position => ModelWorker.TokenAt(image.Index, position)), image.Tokens.ToArray());
        }
    }

    /// <summary>Plans what goes wrong in the first minute.</summary>
    private static int Disturb(VirtualWorld world, ModelQueues queues, ModelJob job, ModelWorker[] workers)
    {
        int doubled = 0;
        int troubles = world.Random.Next(8);
        for (int i = 0; i < troubles; i++)
        {
            int what = world.Random.Next(6);
            doubled += what == 3 ? 1 : 0;
            ModelWorker worker = workers[world.Random.Next(workers.Length)];
            world.After(TimeSpan.FromMilliseconds(world.Random.Next(20_000)), what switch
            {
                0 => worker.Restart,
                1 or 2 => () => worker.Freeze(TimeSpan.FromSeconds(world.Random.Next(1, 30))),
                3 => () => job.Activate(alone: world.Random.Next(2) == 0),
                4 => () => queues.Lose((Stage)world.Random.Next(3)),
                _ => () => world.Clock.Skew += TimeSpan.FromMilliseconds(world.Random.Next(-8000, 8000)),
            });
        }

        return doubled;
    }

    private static void Sweep(VirtualWorld world, ModelJob job)
    {
        void Again()
        {
            try
            {
                // Three losses in a row are reason enough to give a job up; here its owner tries again.
                if (job.Stored is { State: JobState.Failed, Error.Code: "poisonous" })
                {
                    job.Retry();
                }

                job.Poke();
            }
            catch (FencedException)
            {
                // The next sweep finds the other activation.
            }

            world.After(TimeSpan.FromSeconds(30), Again);
        }

        world.After(TimeSpan.FromSeconds(30), Again);
    }
}
