using Parti.Abstractions;
using Parti.Grains.Catalog;

namespace Parti.Grains.Tests.Catalog;

public sealed class CatalogIndexTests
{
    [Fact]
    public void Put_StateChanges_MovesBetweenOpenAndFinished()
    {
        CatalogIndex index = new();
        index.Put(Job(1, JobState.Queued));
        Assert.Single(index.Open);
        index.Put(Job(1, JobState.Succeeded));
        Assert.Empty(index.Open);
        index.Put(Job(1, JobState.Queued));

        Assert.Single(index.Open);
        Assert.Equal(JobState.Queued, Assert.Single(index.List(new()).Jobs).State);
    }

    [Fact]
    public void Load_AllPages_ListsTheSame()
    {
        CatalogIndex index = new();
        for (int i = 0; i < 600; i++)
        {
            index.Put(Job(i, i % 3 == 0 ? JobState.Queued : JobState.Succeeded));
        }

        CatalogIndex reloaded = new();
        for (int page = 0; page < index.Pages; page++)
        {
            reloaded.Load(index.Page(page));
        }

        JobQuery all = new() { Limit = 1000 };
        Assert.Equal(600, index.List(all).Jobs.Count);
        Assert.Equal(index.List(all).Jobs, reloaded.List(all).Jobs);
        Assert.Equal(200, reloaded.Open.Count());
        Assert.InRange(index.Pages, 600 / CatalogIndex.PageSize, (600 / CatalogIndex.PageSize) + 1);
    }

    [Fact]
    public void Put_AnyChange_StaysOnItsPage()
    {
        CatalogIndex index = new();
        int page = index.Put(Job(0, JobState.Queued));
        for (int i = 1; i < 200; i++)
        {
            index.Put(Job(i, JobState.Queued));
        }

        Assert.Equal(page, index.Put(Job(0, JobState.Running)));
        Assert.Equal(page, index.Put(Job(0, JobState.Succeeded)));
        Assert.Equal(page, index.Remove(new("t", "j0")));
        Assert.Null(index.Remove(new("t", "j0")));
        Assert.Equal(CatalogIndex.PageSize - 1, index.Page(page).Jobs.Count);
    }

    [Fact]
    public void Put_AfterManyAreDeleted_FillsTheirPages()
    {
        CatalogIndex index = new();
        for (int i = 0; i < 10_000; i++)
        {
            index.Put(Job(i, JobState.Succeeded));
            index.Remove(new("t", $"j{i - 10}"));
        }

        Assert.Equal(1, index.Pages);
    }

    [Fact]
    public void Merge_PagesOfSeveralPartitions_IsTheNewestOfAllWithACursor()
    {
        CatalogIndex even = new(), odd = new();
        for (int i = 0; i < 10; i++)
        {
            (i % 2 == 0 ? even : odd).Put(Job(i, JobState.Succeeded));
        }

        JobQuery query = new() { Limit = 3 };
        List<string> listed = [];
        do
        {
            JobPage page = CatalogIndex.Merge([even.List(query), odd.List(query)], query.Limit);
            listed.AddRange(page.Jobs.Select(job => job.Id));
            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);

        Assert.Equal(["j9", "j8", "j7", "j6", "j5", "j4", "j3", "j2", "j1", "j0"], listed);
    }

    [Fact]
    public void List_WhileJobsComeAndGo_CursorStaysTrue()
    {
        CatalogIndex index = new();
        for (int i = 0; i < 10; i++)
        {
            index.Put(Job(i, JobState.Succeeded));
        }

        JobPage first = index.List(new() { Limit = 4 });
        index.Put(Job(10, JobState.Queued));
        index.Remove(new("t", "j6"));
        JobPage second = index.List(new() { Limit = 4, Cursor = first.NextCursor });

        Assert.Equal(["j9", "j8", "j7", "j6"], first.Jobs.Select(job => job.Id));
        Assert.Equal(["j5", "j4", "j3", "j2"], second.Jobs.Select(job => job.Id));
    }

    [Fact]
    public void List_Filters_ByTenantStateAndModel()
    {
        CatalogIndex index = new();
        index.Put(Job(1, JobState.Queued));
        index.Put(Job(2, JobState.Failed));
        index.Put(Job(3, JobState.Failed) with { Model = "other" });
        index.Put(Job(4, JobState.Failed) with { Tenant = "other" });

        Assert.Equal(["j2"], index.List(new() { Tenant = "t", State = JobState.Failed, Model = "m" }).Jobs.Select(job => job.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x_t_j")]
    [InlineData("-1_t_j")]
    [InlineData("1_T_j")]
    [InlineData("9999999999999999999_t_j")]
    public void TryParse_NoCursor_IsRefused(string text) => Assert.False(JobCursor.TryParse(text, out _));

    private static JobSummary Job(int number, JobState state) => new()
    {
        Id = $"j{number}", Tenant = "t", State = state, Model = "m", Prompt = "p", N = 1, CreatedAt = DateTimeOffset.UnixEpoch.AddSeconds(number),
    };
}
