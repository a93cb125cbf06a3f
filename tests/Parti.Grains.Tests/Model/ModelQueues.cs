using Parti.Abstractions;
using Parti.Grains.Queues;

namespace Parti.Grains.Tests.Model;

/// <summary>The product's stage queues, which may be lost and begin anew empty.</summary>
internal sealed class ModelQueues
{
    internal static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(10);

    private readonly VirtualWorld _world;
    private readonly Dictionary<Stage, StageQueue> _queues;
    private readonly HashSet<(WorkKey, long)> _granted = [];

    internal ModelQueues(VirtualWorld world)
    {
        _world = world;
        _queues = new() { [Stage.Encode] = New(), [Stage.Sample] = New(), [Stage.Detokenize] = New() };
        Tick();
    }

    internal Action<(Stage Stage, WorkLease Lease)>? Lost { get; set; }

    internal StageQueue this[Stage stage] => _queues[stage];

    internal IReadOnlyList<WorkLease> Lease(Stage stage, string worker, int maximum)
    {
        IReadOnlyList<WorkLease> leases = _queues[stage].Lease(worker, maximum);
        foreach (WorkLease lease in leases)
        {
            // Clocks go back and queues are lost; within one queue an epoch is nevertheless given once.
            Assert.True(_granted.Add((lease.Item.Key, lease.Epoch)) || _world.Clock.Skew != TimeSpan.Zero, $"Epoch {lease.Epoch} was given twice.");
        }

        return leases;
    }

    internal void Lose(Stage stage) => _queues[stage] = New();

    private StageQueue New() => new(100, LeaseDuration, TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(2), _world.Clock);

    private void Tick()
    {
        foreach ((Stage stage, StageQueue queue) in _queues)
        {
            foreach (WorkLease lease in queue.Expire())
            {
                Lost?.Invoke((stage, lease));
            }
        }

        _world.After(LeaseDuration / 4, Tick);
    }
}
