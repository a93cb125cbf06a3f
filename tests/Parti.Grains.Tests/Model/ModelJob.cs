using Parti.Abstractions;
using Parti.Grains.Jobs;

namespace Parti.Grains.Tests.Model;

/// <summary>
/// A job of two images: the product's state machine in one or two activations over one stored record with an ETag. Checks with
/// every write that what was committed stays as it is.
/// </summary>
internal sealed class ModelJob
{
    internal const int TokensTotal = 96;

    private readonly VirtualWorld _world;
    private readonly ModelQueues _queues;
    private readonly List<Activation> _activations = [];
    private JobRecord _stored;
    private int _etag;

    internal ModelJob(VirtualWorld world, ModelQueues queues)
    {
        (_world, _queues) = (world, queues);
        queues.Lost = lease => _world.Run(() => _world.CallAsync(() => Report(new LeaseLostReport
        {
            Stage = lease.Stage, Image = lease.Lease.Item.Key.Image, Epoch = lease.Lease.Epoch, Worker = lease.Lease.Worker,
        })));
        Transition accepted = JobStateMachine.Apply(null, new JobCommand.Submit(Fresh(world.Clock.GetUtcNow())), world.Clock.GetUtcNow());
        _stored = accepted.Job!;
        Activate();
        Run(_activations[0], accepted);
    }

    internal static JobKey Key { get; } = new("tenant", "job");

    /// <summary>What is durable.</summary>
    internal JobRecord Stored => _stored;

    internal Action<WorkHold, int>? Abort { get; set; }

    internal Func<WorkHold, int, bool>? Holds { get; set; }

    /// <summary>Number of times that an image became durable; more than once for one image is the worst that can happen.</summary>
    internal int[] Commits { get; } = new int[2];

    internal WorkStartAnswer Start(WorkStart start)
    {
        Activation activation = Any();
        Transition transition = Decide(activation, new JobCommand.Start(start));
        return new(JobProjection.ToWorkOutcome(transition.Decision), transition.Decision != Decision.Done ? null : new()
        {
            Prompt = "x", Parameters = transition.Job!.Parameters, CreatedAt = transition.Job.CreatedAt,
            Tokens = start.Image == WorkKey.Prompt ? [] : transition.Job.Images[start.Image].Tokens.ToArray(),
        });
    }

    internal WorkOutcome Report(WorkReport report) => JobProjection.ToWorkOutcome(Decide(Any(), new JobCommand.Report(report)).Decision);

    /// <summary>Tries a failed job again.</summary>
    internal void Retry() => Decide(Any(), new JobCommand.Retry());

    /// <summary>What the catalog's sweep makes the job do.</summary>
    internal void Poke()
    {
        Activation activation = Any();
        foreach ((Stage stage, int image) in JobStateMachine.Needs(activation.Job))
        {
            if (activation.Job.HoldOf(image).Hold is not { } hold)
            {
                _queues[stage].Enqueue(ItemOf(activation.Job, image));
                continue;
            }

            // Who does not answer may be alive; the fence takes care of it.
            bool inHand = !_world.Chance(0.3) && Holds!(hold, image);
            if (!inHand || _queues[hold.Stage].Renew([new(ItemOf(activation.Job, image), hold.Epoch, hold.Worker)]).Count > 0)
            {
                Decide(activation, new JobCommand.Report(new LeaseLostReport { Stage = hold.Stage, Image = image, Epoch = hold.Epoch, Worker = hold.Worker }));
            }
        }
    }

    /// <summary>A second activation, as after a wrong verdict of the membership; or the only one again, its memory lost.</summary>
    internal void Activate(bool alone = false)
    {
        if (alone)
        {
            _activations.Clear();
        }

        _activations.Add(new(JobStateMachine.Restore(_stored), _etag));
    }

    private Transition Decide(Activation activation, JobCommand command)
    {
        Transition transition = JobStateMachine.Apply(activation.Job, command, _world.Clock.GetUtcNow());
        activation.Job = transition.Job!;
        if (transition.Durability == Durability.Eager)
        {
            Write(activation);
        }
        else if (transition.Durability != Durability.None)
        {
            _world.After(TimeSpan.FromMilliseconds(_world.Random.Next(250)), () => WriteLater(activation));
        }

        Run(activation, transition);
        return transition;
    }

    private void Run(Activation activation, Transition transition)
    {
        foreach (JobEffect effect in transition.Effects)
        {
            if (effect is JobEffect.Enqueue enqueue)
            {
                foreach (int image in enqueue.Images)
                {
                    _world.Run(() => _world.CallAsync(() => _queues[enqueue.Stage].Enqueue(ItemOf(activation.Job, image))));
                }
            }
            else if (effect is JobEffect.Abort abort)
            {
                Abort?.Invoke(abort.Hold, abort.Image);
            }
        }
    }

    private void WriteLater(Activation activation)
    {
        try
        {
            Write(activation);
        }
        catch (FencedException)
        {
            // It goes; callers find the other one.
        }
    }

    private void Write(Activation activation)
    {
        if (!_activations.Contains(activation) || activation.ETag != _etag)
        {
            _activations.Remove(activation);
            throw new FencedException();
        }

        activation.ETag = ++_etag;
        for (int image = 0; image < Commits.Length; image++)
        {
            (ImageRecord before, ImageRecord after) = (_stored.Images[image], activation.Job.Images[image]);
            Commits[image] += before.Url is null && after.Url is not null ? 1 : 0;
            Assert.True(before.Url is null || (after.Url == before.Url && after.Sha256 == before.Sha256), "A committed image was replaced.");
            Assert.True(after.Tokens.Count >= before.Tokens.Count, "Kept tokens were lost.");
            Assert.True(after.Epoch >= before.Epoch, "A fence went back.");
        }

        _stored = activation.Job;
    }

    private Activation Any()
    {
        if (_activations.Count == 0)
        {
            Activate();
        }

        return _activations[_world.Random.Next(_activations.Count)];
    }

    private static WorkItem ItemOf(JobRecord job, int image) => new(new(Key, image), job.Request.Priority, job.CreatedAt, job.HoldOf(image).Epoch);

    private static JobRecord Fresh(DateTimeOffset now) => new()
    {
        Key = Key,
        Request = new() { Prompt = "x", N = 2 },
        Model = "m",
        Parameters = new() { N = 2, Seed = 1, GuidanceScale = 1, Temperature = 1, TopK = 0, TopP = 1, Size = 8, OutputFormat = OutputFormat.Png, ModelHash = "00" },
        TokensTotal = TokensTotal,
        NativeSize = 8,
        State = JobState.Queued,
        CreatedAt = now,
        Images = [new() { Index = 0 }, new() { Index = 1 }],
    };

    private sealed class Activation(JobRecord job, int etag)
    {
        internal JobRecord Job { get; set; } = job;

        internal int ETag { get; set; } = etag;
    }
}
