using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;

namespace Parti.Training.Tests.Runs;

/// <summary>Asks for a stop after a number of steps, as Ctrl-C would.</summary>
sealed class StoppingTask(TrainingTask inner, int stopAfter, CancellationTokenSource stop) : TrainingTask
{
    public override torch.nn.Module Network => inner.Network;

    public override IEnumerable<(string Name, Parameter Value)> Trained => inner.Trained;

    public override IEnumerable<(string Name, torch.Tensor Value)> ExtraState => inner.ExtraState;

    public override Adversary? Adversary => inner.Adversary;

    public override void Settle() => inner.Settle();

    public override bool IsMade(string name) => inner.IsMade(name);

    public override torch.Tensor Loss(long step)
    {
        if (step + 1 >= stopAfter)
        {
            stop.Cancel();
        }
        return inner.Loss(step);
    }
}
