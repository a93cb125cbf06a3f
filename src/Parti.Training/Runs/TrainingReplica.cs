using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>A task on another device, with a thread of its own that computes the gradients of batches there.</summary>
sealed class TrainingReplica : IDisposable
{
    readonly TrainingTask _task, _first;
    readonly BlockingCollection<(long Step, int Part)> _work = [];
    readonly ManualResetEventSlim _idle = new(true);
    readonly Thread _thread;
    readonly (Parameter Mine, Parameter Firsts)[] _trained;
    double _loss;
    ExceptionDispatchInfo? _error;

    /// <summary>Starts the thread.</summary>
    /// <param name="task">The task on its device.</param>
    /// <param name="first">The one whose weights it takes and whose gradients it adds to.</param>
    internal TrainingReplica(TrainingTask task, TrainingTask first)
    {
        (_task, _first) = (task, first);
        _trained = [.. task.Trained.Zip(first.Trained, (mine, firsts) => (mine.Value, firsts.Value))];
        _thread = new Thread(Work) { IsBackground = true, Name = $"replica on {_trained[0].Mine.device}" };
        _thread.Start();
    }

    /// <summary>Takes every tensor of the first task.</summary>
    internal void CopyAll()
    {
        Dictionary<string, Tensor> network = _first.Network.state_dict(), extra = _first.ExtraState.ToDictionary(pair => pair.Name, pair => pair.Value);
        Copy([.. _task.Network.state_dict().Select(pair => (pair.Value, network[pair.Key])), .. _task.ExtraState.Select(pair => (pair.Value, extra[pair.Name]))]);
    }

    /// <summary>Takes what the optimiser moves.</summary>
    internal void CopyTrained() => Copy(_trained.Select(pair => ((Tensor)pair.Mine, (Tensor)pair.Firsts)));

    /// <summary>Begins to compute the gradients of a batch.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="part">Which batch of the step.</param>
    internal void Begin(long step, int part)
    {
        _idle.Reset();
        _work.Add((step, part));
    }

    /// <summary>Returns when they are computed, or cannot be.</summary>
    internal void WaitIdle() => _idle.Wait();

    /// <summary>Adds the gradients to those of the first task, and forgets them.</summary>
    /// <returns>The batch's loss.</returns>
    /// <exception cref="NotFiniteNumberException">It is not a number.</exception>
    internal double AddGradients()
    {
        _error?.Throw();
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((Parameter mine, Parameter firsts) in _trained)
        {
            if (mine.grad is not { } gradient)
            {
                continue;
            }
            Tensor moved = gradient.to(firsts.device);
            if (firsts.grad is { } sum)
            {
                sum.PlusInPlace(moved);
            }
            else
            {
                firsts.grad = moved;
            }
            mine.grad = null;
        }
        return _loss;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
        _idle.Dispose();
    }

    void Copy(IEnumerable<(Tensor Mine, Tensor Firsts)> pairs)
    {
        using (no_grad())
        {
            using DisposeScope scope = NewDisposeScope();
            foreach ((Tensor mine, Tensor firsts) in pairs)
            {
                mine.copy_(firsts);
            }
        }
        _task.Settle();
    }

    void Work()
    {
        foreach ((long step, int part) in _work.GetConsumingEnumerable())
        {
            try
            {
                (_error, _loss) = (null, StepGradients.Backward(_task, step, part));
            }
            catch (Exception error)
            {
                _error = ExceptionDispatchInfo.Capture(error);
            }
            _idle.Set();
        }
    }
}
