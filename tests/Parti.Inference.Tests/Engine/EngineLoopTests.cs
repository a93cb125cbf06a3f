using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Execution;
using Parti.Inference.Scheduling;
using Parti.Inference.Tests.Kernels;

namespace Parti.Inference.Tests.Engine;

/// <summary>Turns of the engine on the thread of the test.</summary>
[Collection(TorchSetup.Name)]
public sealed class EngineLoopTests
{
    [Fact]
    public void Turn_SteadyState_AllocatesNothing()
    {
        using EngineLoop loop = new(3, new Source(), NullLogger.Instance);
        // The first pictures load the model and let every method be compiled; the second ones are measured between their first and last step.
        Post(loop, 2);
        while (loop.HasWork)
        {
            loop.Turn();
        }
        Post(loop, 3);
        loop.Turn();
        loop.Turn();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int turn = 0; turn < TinyModel.Description.ImageTokens - 4; turn++)
        {
            loop.Turn();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(loop.HasWork);
    }

    static void Post(EngineLoop loop, int pictures)
    {
        for (int i = 0; i < pictures; i++)
        {
            float[] states = new float[64 * 3];
            SampleRequest request = new(new(TinyModel.Name, states, 3, null, 0, 0), new(i + 1, 0.9f, 8, 0.9f), 5, i, []);
            loop.Inbox.Post(new SampleJob(new Sequence(request, TinyModel.Description.ImageTokens), _ => { }, CancellationToken.None));
        }
    }

    sealed class Source : IModelSource
    {
        public IReadOnlyDictionary<string, ModelDescription> Models { get; } = new Dictionary<string, ModelDescription> { [TinyModel.Name] = TinyModel.Description };

        public IModelRunner Load(string name, int slots) => TinyModel.Runner(slots, new RandomParti("dense"));
    }
}
