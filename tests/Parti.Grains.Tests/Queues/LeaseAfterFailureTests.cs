using Microsoft.Extensions.Time.Testing;
using Parti.Abstractions;
using Parti.Grains.Jobs;
using Parti.Grains.Queues;
using Parti.Grains.Tests.Jobs;

namespace Parti.Grains.Tests.Queues;

public sealed class LeaseAfterFailureTests
{
    [Fact]
    public void Lease_OfAnItemGivenBackWithinTheSameMillisecond_IsOneTheJobAccepts()
    {
        FakeTimeProvider time = new(JobCases.Now);
        StageQueue queue = new(16, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(3), TimeSpan.FromHours(1), time);
        JobRecord job = JobCases.Waiting(Stage.Sample);
        queue.Enqueue(new(new(JobCases.Key, 0), JobPriority.Normal, JobCases.Now, job.Images[0].Epoch));
        WorkLease first = Assert.Single(queue.Lease(JobCases.Worker, 1));
        job = JobStateMachine.Apply(job, JobCases.Start(Stage.Sample, first.Epoch, hasText: true), JobCases.Now).Job!;
        job = JobStateMachine.Apply(job, JobCases.Failed(retryable: true, first.Epoch), JobCases.Now).Job!;
        queue.Return(first);

        WorkLease second = Assert.Single(queue.Lease(JobCases.Worker, 1));

        Transition begun = JobStateMachine.Apply(job, JobCases.Start(Stage.Sample, second.Epoch, hasText: true), JobCases.Now);
        Assert.Equal(Decision.Done, begun.Decision);
    }
}
