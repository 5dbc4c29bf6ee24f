import time, collections
def test_world(crawl, world):
    print(len(crawl.answers))
    print(collections.Counter((a.who) for a in crawl.answers))
    print(collections.Counter((a.status) for a in crawl.answers))
    print([ (a.who,a.url,a.status) for a in crawl.answers if a.status not in (200,302)][:60])
    routes={a.route for a in crawl.answers}
    print(sorted(routes))
    import pickle; pickle.dump(crawl, open('/tmp/k_crawl.pkl','wb'))
