using Parti.Models.Transformer;
using Parti.Training.Trainers;
using TorchSharp;
using static Parti.Training.Tests.Trainers.TinyPretraining;

namespace Parti.Training.Tests.Trainers;

/// <summary>Counts the tensors of the whole process, so no other test may run beside it.</summary>
[CollectionDefinition(nameof(PretrainingTensorCountTests), DisableParallelization = true)]
[Collection(nameof(PretrainingTensorCountTests))]
public sealed class PretrainingTensorCountTests
{
    [Fact]
    public void TextPretraining_ManySteps_KeepTheNumberOfTensors()
    {
        using PartiTransformer network = Network();
        using TextPretrainingTask task = Task(network, Options);
        Step(task, 0);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = torch.Tensor.TotalCount;
        for (int step = 1; step <= 10; step++)
        {
            Step(task, step);
            Assert.Equal(before, torch.Tensor.TotalCount);
        }
    }

    static void Step(TextPretrainingTask task, long step)
    {
        using (DisposeScope scope = torch.NewDisposeScope())
        {
            task.Loss(step).backward();
        }
        Assert.Equal(4, task.TakeMeasures().Count);
    }
}
